// Every reason a condition may have: one closed, typed table of status, retry class and message template. The text is
// ours; facts are names, hosts and codes, never a secret and never a vendor's free text.

/**
 * What happens after a failed issue:
 * - `backoff`: tried again, soon at first
 * - `retry-after`: tried again when the server said
 * - `slow`: repaired outside of the cluster, no event will tell: tried for ever, seldom
 * - `wait-for-change`: of the credential or an input
 */
export type RetryClass = 'backoff' | 'retry-after' | 'slow' | 'wait-for-change';
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** `say`: templates with `{facts}`; the first one whose facts are all there is used, else the last. */
interface Row {
  readonly status: ConditionStatus;
  readonly say: readonly [string, ...string[]];
}
interface FailureRow extends Row {
  readonly status: 'False';
  readonly retry: RetryClass;
}

// What a provider may answer, or what stands before it: a failed issue.
const FAILURES = {
  ProviderNotAvailable: failed('wait-for-change', 'This operator has no provider {provider}; {hint}'),
  InputNotFound: failed(
    'wait-for-change',
    '{kind} "{name}" ({what} "{key}") not found in {namespace}; create it',
    '{kind} "{name}" not found in {namespace}; create it',
  ),
  InputNotAllowed: failed(
    'wait-for-change',
    'Secret "{name}" in {namespace} is no input; label it regcred.dev/input=true',
    'Secret "{name}" is written by regcred-operator; it can not be an input',
  ),
  InputInvalid: failed(
    'wait-for-change',
    'Key "{key}" of Secret "{name}" is not a valid {what}',
    'Secret "{name}" has no entry for {host}; add it, or take the prefix out of registries',
    'Session policy for {policyOf} can not be sent: {problem}',
    'Annotation "{annotation}" of ServiceAccount "{serviceAccount}" is not a valid {what}',
    'Secret "{name}" is not a valid {what}',
  ),
  InputUnsupported: failed(
    'wait-for-change',
    'Entry for {host} in Secret "{name}" is delegated to helper "{helper}"; pull Secrets can not run helpers; use provider {provider}',
    'Entry for {host} in Secret "{name}" is delegated to helper "{helper}"; pull Secrets can not run helpers; use a login',
    'Entry for {host} in Secret "{name}" uses {field}; a pull Secret can not carry it',
    'Secret "{name}" has type {type}; use one of {types}',
  ),
  ConsentMissing: failed(
    'wait-for-change',
    'Operator may not {verb} {kind} "{name}"; run kubectl -n {namespace} create rolebinding regcred-inputs --clusterrole={role} --serviceaccount={operator}',
    'Operator may not {verb} {kind} "{name}" in {namespace}; bind ClusterRole "{role}" there',
  ),
  TokenRequestRefused: failed(
    'slow',
    'API server refuses a token for ServiceAccount "{name}" with audience {audience}',
  ),
  RegistryNotAllowed: failed('wait-for-change', '{host} is not a {provider} registry'),
  AmbientForbidden: failed('wait-for-change', 'Ambient identity needs a ClusterRegistryCredential'),
  AmbientUnavailable: failed('slow', 'Operator has no {cloud} identity of source {source}; {hint}'),
  CredentialsRejected: failed('slow', '{keyHint} is wrong, deleted, or of another account; replace it'),
  CredentialsExpired: failed('slow', 'Secret of {id} has expired; create a new one'),
  IdentityNotFound: failed('slow', '{id} does not exist in {scope}'),
  FederationNotConfigured: failed(
    'slow',
    '{scope} does not know issuer {issuer}; add it',
    '{pool} is no provider of a workload identity pool, or was deleted; correct the name',
  ),
  AudienceMismatch: failed(
    'slow',
    '{scope} does not accept audience {audience}; expected {expected}',
    '{scope} does not accept audience {audience}; allow it there',
  ),
  SubjectNotTrusted: failed('slow', '{role} does not trust {subject}; allow it (audience {audience}, issuer {issuer})'),
  AssumeRoleDenied: failed(
    'slow',
    '{caller} may not act as {role} (external id sent: {externalIdSent}); grant {grant}',
    '{caller} may not act as {role}; grant {grant}',
  ),
  IssuerUnreachable: failed('backoff', '{cloud} can not read the keys of {issuer}; make them public or upload them'),
  PermissionDenied: failed('slow', '{id} may not get a token for {host}; grant {grant}'),
  RegionDisabled: failed('slow', 'Region {region} is disabled in account {account}; enable it'),
  RegistryFirewall: failed('slow', "Firewall of {host} blocks the operator's address {address}; allow it"),
  ClockSkew: failed('backoff', '{provider} refused the time of the request; local clock differs by {seconds} s'),
  RequestRefused: failed(
    'slow',
    '{provider} refused the request ({code}, HTTP {status}, request id {requestId})',
    '{provider} refused the request ({code}, HTTP {status})',
    '{provider} refused the request (HTTP {status})',
  ),
  Throttled: failed('retry-after', '{provider} limits token calls; next try {at}', '{provider} limits token calls'),
  ProviderUnavailable: failed(
    'backoff',
    '{provider} is unavailable (HTTP {status}); next try {at}',
    '{provider} is unavailable (HTTP {status})',
  ),
  ProviderUnreachable: failed(
    'backoff',
    '{endpoint} can not be reached ({cause}); next try {at}',
    '{endpoint} can not be reached ({cause})',
  ),
  TLSFailed: failed('backoff', 'TLS to {endpoint} failed ({code})'),
  MalformedResponse: failed('backoff', '{endpoint} gave an answer that is no token'),
  ReturnedExpired: failed('backoff', '{provider} gave a token that expires {expires}'),
  InternalError: failed(
    'backoff',
    'Unexpected {name} from {provider} (request id {requestId})',
    'Unexpected {name} from {provider}',
  ),
} as const satisfies Record<string, FailureRow>;

const EXPIRED = row(
  'False',
  'Expired {expires}; its entry was {done}; refresh fails: {cause}',
  'Expired {expires}; refresh fails: {cause}',
  'Expired {expires}; its entry was {done}',
  'Expired {expires}',
);
const INVALID_SPEC = row('False', 'Spec is not usable: {problem}');
const NOT_PERMITTED = row(
  'False',
  'Secret name "{secretName}" is not permitted; choose another, or add it to --secret-names',
  'ServiceAccount names {serviceAccounts} are not permitted; add them to --service-account-names',
);
const FORBIDDEN = row('False', 'Operator may not {verb} {object}; add to its role: {rule}');
const PENDING = row('Unknown', 'Not finished yet');
const SUSPENDED = row('Unknown', 'Suspended; the published token expires {expires}', 'Suspended');

const TABLE = {
  TokenIssued: {
    Issued: row(
      'True',
      'Issued for {id}, expires {expires}',
      'Issued, expires {expires}',
      'Issued for {id}, does not expire',
      'Issued, does not expire',
    ),
    LastGood: row(
      'True',
      'Token in use expires {expires}; refresh fails: {cause}',
      'Token in use does not expire; refresh fails: {cause}',
    ),
    ExpiryAssumed: row(
      'True',
      '{provider} gave no usable expiry; {life} assumed',
      'Annotation regcred.dev/expires-at of Secret "{name}" is no RFC 3339 time; no expiry assumed',
    ),
    LifetimeTooShort: row('True', 'Token lives only {life}; pulls may fail between refreshes'),
    Pending: row('Unknown', 'Waiting for the first token'),
    Suspended: SUSPENDED,
    Expired: EXPIRED,
    ...FAILURES,
  },
  Verified: {
    PullProven: row('True', 'Pull of "{repository}" from {host} proven'),
    LoginProven: row(
      'True',
      '{host} hides whether "{repository}" exists',
      'Login to {host} proven, no pull; set verifyRepository',
    ),
    NoAuthNeeded: row('True', '{host} needs no login'),
    Off: row('Unknown', 'Verification is off'),
    Pending: row('Unknown', '{host} is being verified', 'No probe has finished yet'),
    Invalid: row(
      'False',
      '{host} refuses the credential of {id} (HTTP {status}); the one in use is kept until {at}',
      '{host} refuses the credential of {id} (HTTP {status})',
      '{host} refuses the credential (HTTP {status})',
    ),
    Denied: row(
      'False',
      '{id} may log in to {host} but not pull "{repository}"; grant {grant}',
      'The login is good for {host} but not for a pull of "{repository}"; grant it',
    ),
    Indeterminate: row('Unknown', '{host} gave no verdict ({cause}); nodes may still pull'),
    RealmNotTrusted: row('Unknown', '{host} sends logins to {realmHost}; an administrator can allow it'),
    NotProbed: row(
      'Unknown',
      '{host} is not probed; it has a wildcard ({wildcard})',
      '{host} is not probed; its address is not allowed',
      'Not probed: {why}',
    ),
  },
  Ready: {
    Ready: row('True', 'Live tokens are held; the first expires {expires}', 'Live logins are held; they do not expire'),
    Suspended: SUSPENDED,
    Pending: row('Unknown', 'Waiting for the first token'),
    InvalidSpec: INVALID_SPEC,
    NotPermitted: NOT_PERMITTED,
    NamespaceIgnored: row('False', 'The namespace is labelled regcred.dev/ignore=true; remove the label'),
    Forbidden: FORBIDDEN,
    VerificationFailed: row(
      'False',
      '{host} refuses the credential; nothing is published for it (verification.mode Require)',
    ),
    PartialFailure: row(
      'False',
      '{failed} of {total} registries have no live token: {cause}',
      'Some registries have no live token: {cause}',
    ),
    Expired: EXPIRED,
    ...FAILURES,
  },
  Synced: {
    Synced: row(
      'True',
      '{synced} of {selected} namespaces are served',
      'No live namespace is {nothing}; check spec.namespaces',
      'Its namespace is {ignored}; nothing of it is there',
    ),
    Suspended: row('Unknown', 'Suspended; what is published stays'),
    Pending: row(
      'Unknown',
      'No {nothing} is held that could be published; TokenIssued and Verified say why',
      'The first full pass has not finished yet',
    ),
    NameConflict: row(
      'False',
      'Secret "{name}" of type {type} is not ours and can not be adopted; delete it, or choose another secretName',
      'Secret "{name}" belongs to installation "{installation}" of regcred-operator; choose another secretName',
      'Secret "{name}" can not be adopted, it {defect}; mend or delete it',
      'Secret "{name}" is not ours; delete it, choose another secretName, or set conflictPolicy: Adopt',
    ),
    StaleMarker: row(
      'False',
      'Secret "{name}" was written for a former namespace of this name (restored from a backup?); delete it, it is made anew, or set conflictPolicy: Adopt',
    ),
    SecretImmutable: row('False', 'Secret "{name}" is immutable; delete it, it is made anew'),
    SecretTooLarge: row('False', 'Secret "{name}" would exceed 1 MiB; give some credentials another secretName'),
    QuotaExceeded: row(
      'False',
      'Quota of the namespace is used up; raise it to {verb} {object}',
      'Quota of the namespace is used up; raise it',
    ),
    AdmissionDenied: row(
      'False',
      'Admission refused to {verb} {object}: {detail}',
      'Admission refused to {verb} {object}',
    ),
    MutatedByAdmission: row('False', 'Admission changes {object} as it is written; exempt regcred-operator'),
    Contention: row(
      'False',
      '{object} changed {times} times while it was written; another controller fights for it',
      '{object}: our change was undone {undone} times in 10 minutes by {rival}; let that tool leave it alone',
      '{object}: our change was undone {undone} times in 10 minutes; let that tool leave it alone',
    ),
    Forbidden: FORBIDDEN,
    WriteFailed: row(
      'False',
      'Cannot {verb} {object}: {cause}; it is tried again',
      'The kubelet could not read the logins for Secret "{name}"; it is not written; report this',
    ),
  },
  Shadowed: {
    Enforced: row(
      'True',
      '{count} keys are held by an Enforced credential: {examples}',
      'Key {key} is held by {by} (Enforced)',
    ),
    HigherPrecedence: row('True', '{count} keys are won by other credentials: {examples}', 'Key {key} is won by {by}'),
    Pending: PENDING,
    NotShadowed: row('False', 'No other credential wins a key of this one'),
  },
  Stalled: {
    InvalidSpec: { ...INVALID_SPEC, status: 'True' },
    NotPermitted: { ...NOT_PERMITTED, status: 'True' },
  },
} as const satisfies Record<string, Record<string, Row>>;

export type ConditionType = keyof typeof TABLE;
export type ReasonOf<Type extends ConditionType> = keyof (typeof TABLE)[Type] & string;

/** A reason that an IssueFailure may carry. */
export type FailureReason = keyof typeof FAILURES;
export type TokenIssuedReason = ReasonOf<'TokenIssued'>;
export type VerifiedReason = ReasonOf<'Verified'>;
export type ReadyReason = ReasonOf<'Ready'>;
export type SyncedReason = ReasonOf<'Synced'>;
export type ShadowedReason = ReasonOf<'Shadowed'>;
export type StalledReason = ReasonOf<'Stalled'>;

export type Facts = Readonly<Record<string, string>>;
type NamesIn<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type FactsIn<Template extends string> = Template extends string ? Readonly<Record<NamesIn<Template>, string>> : never;

/** The facts that fill one of a reason's templates. */
export type FactsFor<Type extends ConditionType, Reason extends ReasonOf<Type>> = (typeof TABLE)[Type][Reason] extends {
  readonly say: readonly (infer Template extends string)[];
}
  ? FactsIn<Template>
  : never;

/** Longest message of a failure. */
const LONGEST = 256;
/** Longest message of a condition, which may quote that of a failure: the command in it must stay whole. */
const LONGEST_QUOTING = 384;
const LONGEST_FACT = 160;

export function isFailureReason(reason: string): reason is FailureReason {
  return Object.hasOwn(FAILURES, reason);
}

/** All failure reasons, in the order of the table. */
export function failureReasons(): readonly FailureReason[] {
  return Object.keys(FAILURES).filter(isFailureReason);
}

export function retryClassOf(reason: FailureReason): RetryClass {
  return FAILURES[reason].retry;
}

/** One reason as documentation shows it. */
export interface ReasonRow {
  readonly type: ConditionType;
  readonly reason: string;
  readonly status: ConditionStatus;
  readonly retry: RetryClass | undefined;
  readonly say: readonly string[];
}

/** The whole table, for docs/reasons.md. */
export function reasonTable(): readonly ReasonRow[] {
  return Object.entries(TABLE).flatMap(([type, rows]) =>
    Object.entries<Row>(rows).map(([reason, { status, say }]) => ({
      type: type as ConditionType,
      reason,
      status,
      retry: isFailureReason(reason) ? retryClassOf(reason) : undefined,
      say,
    })),
  );
}

/** The status that a condition has with this reason. */
export function statusOf<Type extends ConditionType>(type: Type, reason: ReasonOf<Type>): ConditionStatus {
  return rowOf(type, reason).status;
}

/** A failed issue as a value: its facts are checked against the templates by the compiler. */
export function issueFailure<Reason extends FailureReason>(
  reason: Reason,
  prefixes: readonly string[],
  facts: FactsFor<'TokenIssued', Reason>,
  retryAfterMs?: number,
): { kind: 'failure'; prefixes: readonly string[]; reason: Reason; facts: Facts; retryAfterMs?: number } {
  return { kind: 'failure', prefixes, reason, facts, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The message of a reason of TokenIssued, with facts that come from elsewhere; what is missing reads "unknown". */
export function messageFor(reason: TokenIssuedReason, facts: Facts): string {
  return fill(rowOf('TokenIssued', reason).say, facts, LONGEST);
}

/** The message of any condition's reason: facts that fill none of its templates do not compile. */
export function conditionMessage<Type extends ConditionType, Reason extends ReasonOf<Type>>(
  type: Type,
  reason: Reason,
  facts: FactsFor<Type, Reason>,
): string {
  return fill(rowOf(type, reason).say, facts, LONGEST_QUOTING);
}

/** One line of printable text of at most `length` characters; a longer one ends in "...". */
export function printable(text: string, length = LONGEST): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' '); // controls, bidi marks, lone surrogates, line separators
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 3).join('')}...`;
}

function rowOf<Type extends ConditionType>(type: Type, reason: ReasonOf<Type>): Row {
  const rows: Readonly<Record<string, Row>> = TABLE[type];
  const found = Object.hasOwn(rows, reason) ? rows[reason] : undefined;
  if (!found) throw new Error(`no reason ${printable(reason, 64)} of ${type}`);
  return found;
}

function fill(templates: Row['say'], facts: Facts, longest: number): string {
  const known = (name: string): boolean => Object.hasOwn(facts, name);
  const fits = templates.find((template) => namesIn(template).every(known));
  const template = fits ?? templates.at(-1) ?? '';
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    known(name) ? printable(facts[name] ?? '', name === 'cause' ? LONGEST : LONGEST_FACT) : 'unknown',
  );
  return printable(text, longest);
}

function namesIn(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
}

function row<Status extends ConditionStatus, const Say extends Row['say']>(
  status: Status,
  ...say: Say
): { status: Status; say: Say } {
  return { status, say };
}

function failed<Class extends RetryClass, const Say extends Row['say']>(
  retry: Class,
  ...say: Say
): { status: 'False'; retry: Class; say: Say } {
  return { status: 'False', retry, say };
}
