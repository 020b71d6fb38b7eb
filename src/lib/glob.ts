// Globs of literal characters and `*`, matched without regular expressions: no pattern can make them slow.

/** Whether the whole text fits; `*` stands for any characters, also for none. */
export function matchesGlob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  return holdsInOrder(pieces.slice(1, -1), text.slice(first.length, text.length - last.length));
}

/** The leftmost place for each piece leaves the most room for the others: no step is ever taken back. */
function holdsInOrder(pieces: readonly string[], text: string): boolean {
  let at = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}
