// The parts of undici that lib/http.ts and kube/connections.ts load one by one: its index would load Node's own copy of undici as well (by naming
// `globalThis.Headers`), and sockets, caches and mocks that nobody here uses (docs/benchmarks.md, "Where the memory goes").
declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici';
}
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici';
}
declare module 'undici/lib/dispatcher/client.js' {
  export { Client as default } from 'undici';
}
declare module 'undici/lib/web/fetch/index.js' {
  export { fetch } from 'undici';
}
declare module 'undici/lib/web/fetch/headers.js' {
  export const Headers: typeof globalThis.Headers;
}
declare module 'undici/lib/web/fetch/response.js' {
  export const Response: typeof globalThis.Response;
}
