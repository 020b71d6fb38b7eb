// The hosts of Oracle's registry. A signature goes nowhere else.

const SHORT = /^(?:[a-z]{3}|[a-z]{2}-[a-z0-9-]+-[0-9]+)\.ocir\.io$/;
const LONG = /^ocir\.[a-z0-9-]+\.oci\.(?:oraclecloud[0-9]*\.com|oraclegovcloud\.(?:com|uk)|oraclecloud\.eu)$/;

/** The host of a prefix, HOST or HOST/PATH; undefined if it is none of Oracle's registry. */
export function ocirHostOf(prefix: string): string | undefined {
  const host = prefix.split('/')[0] ?? '';
  return SHORT.test(host) || LONG.test(host) ? host : undefined;
}
