/** `act`, but after the work under way, and once however often it is asked for: five hundred rows of a transaction wake a loop once. */
export function oncePerTurn(act: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    queueMicrotask(() => {
      isAsked = false;
      act();
    });
  };
}
