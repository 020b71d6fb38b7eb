// As much of Go's net/url as the kubelet's keyring needs: host and path of http and https URLs, by the rules of Go 1.26.

export interface GoUrl {
  /** With the port and the brackets of an IPv6 address; case is kept. */
  readonly host: string;
  /** Percent escapes decoded; empty, or starting with a slash. */
  readonly path: string;
}

// What Go takes in a host without an escape; everything above ASCII is taken too.
const NO_HOST_CHARACTER = /[\x00-\x20#%/?@\\^`{|}\x7f]/;
const NO_USER_CHARACTER = /[^-\w.:~!$&'()*+,;=%@]/;
const CONTROL_CHARACTER = /[\x00-\x1f\x7f]/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const BAD_HOST_ESCAPE = /%(?!25|[89A-Fa-f][0-9A-Fa-f])/; // a host may only escape what is not ASCII, and the percent sign
const PORT = /^(?::[0-9]*)?$/;

/** Reads a text that starts with `http://` or `https://`; undefined where Go gives an error. */
export function parseGoUrl(text: string): GoUrl | undefined {
  const [beforeFragment, fragment] = cut(text, '#');
  if (CONTROL_CHARACTER.test(beforeFragment) || BAD_ESCAPE.test(fragment)) return undefined;
  const [hierarchy] = cut(beforeFragment, '?');
  const rest = hierarchy.slice(hierarchy.indexOf('//') + 2);
  const slash = rest.indexOf('/');
  const host = parseAuthority(slash < 0 ? rest : rest.slice(0, slash));
  const path = slash < 0 ? '' : unescaped(rest.slice(slash));
  return host === undefined || path === undefined ? undefined : { host, path };
}

function parseAuthority(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  if (NO_USER_CHARACTER.test(user) || BAD_ESCAPE.test(user)) return undefined;
  return parseHost(authority.slice(at + 1));
}

function parseHost(host: string): string | undefined {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) return undefined;
  if (bracket === 0) return parseBracketedHost(host);
  const colon = host.indexOf(':');
  if (colon >= 0 && !PORT.test(host.slice(colon))) return undefined;
  return unescapedHost(host);
}

function parseBracketedHost(host: string): string | undefined {
  const end = host.lastIndexOf(']');
  const port = host.slice(end + 1);
  if (end < 0 || !PORT.test(port)) return undefined;
  const inside = host.slice(1, end);
  const zone = inside.indexOf('%25');
  const address = zone < 0 ? inside : inside.slice(0, zone);
  const zoneText = zone < 0 ? '' : unescapedZone(inside.slice(zone));
  if (zoneText === undefined || zoneText === '%' || !isIPv6(address)) return undefined;
  return `[${address}${zoneText}]${port}`;
}

/** Not by node:net, which belongs to the network code. */
function isIPv6(address: string): boolean {
  return /^[0-9A-Fa-f:.]{2,45}$/.test(address) && URL.canParse(`http://[${address}]/`);
}

function unescapedHost(host: string): string | undefined {
  if (BAD_HOST_ESCAPE.test(host) || NO_HOST_CHARACTER.test(host.replaceAll('%', ''))) return undefined;
  return unescaped(host);
}

/** A zone may escape a space, and what a host could hold anyway. */
function unescapedZone(zone: string): string | undefined {
  const plain = unescaped(zone);
  const rest = plain?.slice(1).replaceAll(/[% ]/g, '');
  return rest === undefined || NO_HOST_CHARACTER.test(rest) || NO_HOST_CHARACTER.test(zone.replaceAll('%', ''))
    ? undefined
    : plain;
}

function unescaped(text: string): string | undefined {
  if (BAD_ESCAPE.test(text)) return undefined;
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function cut(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
