// Who asks for tickets is a guest, at least; made when it is needed first.
import { Refused, guest } from "./api";

/** Does `call`, as a guest where nobody is signed in. */
export async function signedIn<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    await guest();
    return call();
  }
}
