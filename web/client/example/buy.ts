// Buys a ticket by the client alone: searches, waits in line where there is one, reserves, pays.
import { Jar, Refused, Usher, type Order } from '../src/index.js';

const soon = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Waits in the line of `room` until it is one's turn, and goes in. */
async function queue(usher: Usher, room: string): Promise<void> {
  const path = { roomId: room };
  await usher.call('POST /queue/{roomId}/place', { path, body: {} });
  for (;;) {
    const frame = await usher.call('GET /queue/{roomId}/place', { path });
    if (frame.state === 'called') break;
    if (frame.state === 'ended' || frame.state === 'soldOut') throw new Error(`the line ended: ${frame.state}`);
    if (frame.state === 'free' || frame.state === 'active') return;
    await soon(250);
  }
  const { admissionToken } = await usher.call('POST /queue/{roomId}/pass', { path, body: {} });
  await usher.call('POST /queue/{roomId}/session', { path, body: { admissionToken } });
}

/** One ticket of the first event that fits `words`; the paid order. */
export async function buy(gate: string, words: string, email: string): Promise<Order> {
  const usher = new Usher({ gate, jar: new Jar() });
  const { events } = await usher.call('GET /search', { query: { token: words } });
  const found = events[0];
  if (found === undefined) throw new Error(`nothing is found for ${words}`);
  const { token } = await usher.call('POST /account/guest', { body: { email } });
  usher.token = token;
  const path = { eventId: found.eventId };
  const map = await usher.call('GET /event/{eventId}/seats', { path }).catch(async (error: unknown) => {
    if (!(error instanceof Refused && error.kind === 'queue-required')) throw error;
    await queue(usher, String(error.problem['queue']).split('/')[2] ?? '');
    return usher.call('GET /event/{eventId}/seats', { path });
  });
  const tier = map.tiers.find(({ generalAdmission }) => generalAdmission);
  const wish = { eventId: found.eventId, quantity: 1 };
  const body = tier === undefined ? { ...wish, bestAvailable: true as const } : { ...wish, tier: tier.tierId };
  const { holdId } = await usher.call('POST /booking/reserve', { body });
  const paymentDetails = { provider: 'sandbox', token: 'tok_ok' } as const;
  const { orderId } = await usher.call('PUT /booking/confirm', { body: { holdId, paymentDetails } });
  for (;;) {
    const order = await usher.call('GET /order/{orderId}', { path: { orderId } });
    if (order.state === 'paid' || order.state === 'fulfilled') return order;
    if (order.state !== 'awaitingPayment' && order.state !== 'capturing') throw new Error(`the order is ${order.state}`);
    await soon(250);
  }
}
