// The install option that limits names: it drives the watches, the RBAC and what a credential may ask for.

/** Names that the install permits: "*" is all of them, watched and written without a name in RBAC. */
export type PermittedNames = '*' | readonly string[];

export function isPermitted(permitted: PermittedNames, name: string): boolean {
  return permitted === '*' || permitted.includes(name);
}
