// The hosts of Artifact Registry, and the gcr.io names that it serves. A Google token goes nowhere else.

// https://cloud.google.com/artifact-registry/docs/transition/transition-from-gcr
const HOST = /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/;

/** Whether a prefix, HOST or HOST/PATH, is on one of these hosts. */
export function isGarPrefix(prefix: string): boolean {
  return HOST.test(prefix.split('/')[0] ?? '');
}
