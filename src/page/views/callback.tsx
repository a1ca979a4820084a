export function CallbackStory() {
  return <p>CallbackStory</p>;
}
