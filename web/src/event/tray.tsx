// What is held, for how long, and the way to the checkout. It stays in sight.
import { placeOf } from "../map/plan";
import { written } from "../shared/clock";
import { price } from "../shared/money";
import { WARNING, type Shop } from "./shop";
import { useShop } from "./use";

export function Tray({ shop }: { shop: Shop }) {
  useShop(shop);
  const { hold, countdown, notice, plan } = shop;
  const left = countdown?.left();
  const { pending } = shop;
  const total = shop.mine.reduce((sum, seat) => sum + shop.priceOf(seat).minor, 0);
  const exact = !pending && hold?.total ? hold.total : { minor: total, currency: plan.currency };
  return (
    <div class="tray-in">
      <p class="notice" role="status" data-test="notice">{notice && !notice.alert ? notice.text : ""}</p>
      <p class="notice alert" role="alert" data-test="alert">{notice?.alert ? notice.text : ""}</p>
      {notice?.instead !== undefined && (
        <button type="button" class="button quiet" data-test="instead" onClick={() => { const seat = notice.instead!; shop.say(undefined); shop.toggle(seat); }}>
          Take seat {plan.names[notice.instead]}
        </button>
      )}
      {shop.mine.length === 0 && <p class="empty">Choose seats on the map or in the list, or let us find the best.</p>}
      {shop.mine.length > 0 && (
        <>
          <ul class="held" data-test="held">
            {shop.mine.map((seat) => (
              <li key={seat}>
                <span>{placeOf(plan, seat)}</span>
                <strong>{price(shop.priceOf(seat))}</strong>
                <button type="button" class="away" data-test="give-back" aria-label={`Give ${placeOf(plan, seat)} back`} onClick={() => shop.toggle(seat)}>×</button>
              </li>
            ))}
          </ul>
          <div class="tray-foot">
            <p class="sum">
              <strong data-test="sum">{price(exact)}</strong>
              <span>{shop.mine.length === 1 ? "1 seat" : `${shop.mine.length} seats`}</span>
            </p>
            {left !== undefined && (
              <p class={left <= WARNING ? "left soon" : "left"}>
                <span class="vh">Held for </span><strong role="timer" data-test="countdown">{written(left)}</strong>
              </p>
            )}
            {left !== undefined && left <= WARNING && shop.canExtend && (
              <button type="button" class="button quiet" data-test="extend" onClick={() => void shop.extend()}>More time</button>
            )}
            {hold && !pending
              ? <a class="button go" data-test="reserve" href={`/checkout/${hold.holdId}`}>Checkout</a>
              : <span class="button go" aria-disabled="true" data-test="holding">Holding…</span>}
          </div>
        </>
      )}
    </div>
  );
}
