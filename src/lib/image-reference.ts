// The normal form of an image's name, by the rules that kubelets and container runtimes share.

const HUB = 'docker.io';
const LONGEST_PATH = 255;
const LONGEST_IMAGE = 4096; // names, tags and digests end long before

// https://github.com/distribution/reference/blob/v0.6.0/regexp.go: no part of these can match in two ways, so they are quick
const DOMAIN_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = `(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^(?:(?:${DOMAIN})/)?(?<path>${COMPONENT}(?:/${COMPONENT})*)$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$/;
const IDENTIFIER = /^[a-f0-9]{64}$/;

/** DOMAIN/PATH of an image, without tag and digest; undefined where the name is not valid. */
export function imageName(image: string): string | undefined {
  if (image.length > LONGEST_IMAGE || IDENTIFIER.test(image)) return undefined;
  const { rest, digest } = cutDigest(withDomain(image));
  const { name, tag } = cutTag(rest);
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const path = NAME.exec(name)?.groups?.['path'];
  return path === undefined || path.length > LONGEST_PATH ? undefined : name;
}

function withDomain(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isDomain = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  if (!isDomain) return slash < 0 ? `${HUB}/library/${image}` : `${HUB}/${image}`;
  if (first !== HUB && first !== 'index.docker.io') return image;
  const path = image.slice(slash + 1);
  return path.includes('/') ? `${HUB}/${path}` : `${HUB}/library/${path}`;
}

function cutDigest(reference: string): { readonly rest: string; readonly digest: string | undefined } {
  const at = reference.indexOf('@');
  return at < 0
    ? { rest: reference, digest: undefined }
    : { rest: reference.slice(0, at), digest: reference.slice(at + 1) };
}

/** A colon before the last slash belongs to a port. */
function cutTag(reference: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1);
  return colon < 0
    ? { name: reference, tag: undefined }
    : { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
