// The text of a marker annotation, apart from the one thing in it that differs in every namespace: what is left is the
// same in thousands of them, kept once and read once.

export interface MarkerText {
  /** The whole text, but for the UID. */
  readonly common: string;
  /** UID of the namespace; undefined: there is none at its place, and `common` is all there is. */
  readonly namespaceUid: string | undefined;
}

// As we write it. Anything else is somebody else's text and stays whole.
const HEAD = /^\{"v":1,"installation":"(?:[^"\\]|\\.)*","namespace":"/;
const UID = /[^"\\]+(?=")/y;

export function splitMarker(text: string): MarkerText {
  const at = placeIn(text);
  UID.lastIndex = at ?? text.length;
  const namespaceUid = UID.exec(text)?.[0];
  if (at === undefined || namespaceUid === undefined || isSaidAgain(text, at)) {
    return { common: text, namespaceUid: undefined };
  }
  return { common: text.slice(0, at) + text.slice(at + namespaceUid.length), namespaceUid };
}

/** However they were split: the same whole text. */
export function isSameMarker(a: MarkerText, b: MarkerText): boolean {
  const isSamePart = a.common === b.common && a.namespaceUid === b.namespaceUid;
  return isSamePart || joinMarker(a) === joinMarker(b);
}

/** The text that splitMarker() was given. */
export function joinMarker({ common, namespaceUid = '' }: MarkerText): string {
  const at = placeIn(common) ?? 0;
  return common.slice(0, at) + namespaceUid + common.slice(at);
}

/** Of two fields of one name JSON takes the last, however it is spelled. */
function isSaidAgain(text: string, at: number): boolean {
  return text.includes('"namespace"', at) || text.includes('\\', at);
}

function placeIn(text: string): number | undefined {
  return HEAD.exec(text)?.[0].length;
}
