/** What the page uses of it. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    readonly domNode: HTMLElement;
    readonly url: string | undefined;
    readonly deepLinking: boolean;
    readonly defaultModelsExpandDepth: number;
    readonly showMutatedRequest: boolean;
    readonly validatorUrl: string | null;
    readonly requestInterceptor: <T extends { readonly headers: object }>(request: T) => T;
  }
  const SwaggerUI: (options: Options) => void;
  export { SwaggerUI as default };
}
