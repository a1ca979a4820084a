/** Tries until it does not throw, `againMs` after each; throws what it threw last when the time is over. */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 30_000, againMs = 50): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}
