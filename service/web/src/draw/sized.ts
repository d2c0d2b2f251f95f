// Draws at the real width, now and whenever that changes: text that is scaled with a picture gets too small to read.
export function sized(element: HTMLElement, draw: (width: number) => void): () => void {
  let last = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width > 0 && width !== last) draw((last = width));
  });
  observer.observe(element);
  return () => observer.disconnect();
}
