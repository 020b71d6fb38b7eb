// Google's own library, for the login of a service account's key alone. Loaded on first use.
import { gaxios, JWT } from 'google-auth-library';
import type { KeyFile } from './key-file.ts';

/** Posts the form that the library has signed. */
export type Post = (form: URLSearchParams) => Promise<void>;

/**
 * Has the library sign an assertion and ask for a token. The answer stays with whoever posts: the library's errors and
 * its debug log would carry it, and it would try again on its own. It gets a placeholder.
 */
export async function signIn({ email, privateKey }: KeyFile, scope: string, post: Post): Promise<void> {
  const transporter = new gaxios.Gaxios({
    noProxy: [/./], // our client has its own; for HTTPS_PROXY it would load an agent, which the bundle can not
    fetchImplementation: async (_url, init) => {
      await post(formOf(init?.body));
      return Response.json({ access_token: 'held elsewhere', expires_in: 3600, token_type: 'Bearer' });
    },
  });
  // the constructor: fromJSON() is deprecated; one client an issue, so that nothing is shared
  const options = { email, key: privateKey.reveal(), scopes: [scope], transporter, useAuthRequestParameters: false };
  await new JWT(options).authorize();
}

function formOf(body: unknown): URLSearchParams {
  if (body instanceof URLSearchParams) return body;
  return new URLSearchParams(typeof body === 'string' ? body : '');
}
