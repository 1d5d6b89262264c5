// What must not compile, and what must: the compiler is the test.
import { Usher, type Answer, type Input } from '../src/index.js';

export async function types(usher: Usher): Promise<void> {
  const found = await usher.call('GET /search', { query: { token: 'words' } });
  const title: string = found.events[0]!.title;
  await usher.call('GET /order');
  const nothing: undefined = await usher.call('DELETE /booking/hold/{holdId}', { path: { holdId: title } });
  void nothing;
  // @ts-expect-error there is no such call
  await usher.call('GET /searching');
  // @ts-expect-error the path lacks its parameter
  await usher.call('GET /order/{orderId}');
  // @ts-expect-error the body lacks what must be in it
  await usher.call('POST /queue/{roomId}/session', { path: { roomId: title }, body: {} });
  // @ts-expect-error the answer has no such member
  void found.evnets;
  // @ts-expect-error a number is no text
  const wrong: Input<'POST /account/guest'> = { body: { email: 7 } };
  void wrong;
  // @ts-expect-error there is no such state
  const state: Answer<'GET /order/{orderId}'>['state'] = 'payed';
  void state;
}
