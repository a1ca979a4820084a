export function Group() {
  return <p>Group</p>;
}
