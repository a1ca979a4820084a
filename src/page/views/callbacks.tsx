export function Callbacks() {
  return <p>Callbacks</p>;
}
