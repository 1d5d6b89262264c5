// What is held, for how long, and the way to the checkout. It stays in sight.
import { placeOf } from "../map/plan";
import { written } from "../shared/clock";
import { price } from "../shared/money";
import { say } from "../shared/words";
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
          {say("instead", { seat: plan.names[notice.instead] })}
        </button>
      )}
      {shop.mine.length === 0 && <p class="empty">{say("empty")}</p>}
      {shop.mine.length > 0 && (
        <>
          <ul class="held" data-test="held">
            {shop.mine.map((seat) => (
              <li key={seat}>
                <span>{placeOf(plan, seat)}</span>
                <strong>{price(shop.priceOf(seat))}</strong>
                <button type="button" class="away" data-test="give-back" aria-label={say("giveBack", { place: placeOf(plan, seat) })} onClick={() => shop.toggle(seat)}>×</button>
              </li>
            ))}
          </ul>
          <div class="tray-foot">
            <p class="sum">
              <strong data-test="sum">{price(exact)}</strong>
              <span>{say("seats", { count: shop.mine.length })}</span>
            </p>
            {left !== undefined && (
              <p class={left <= WARNING ? "left soon" : "left"}>
                <span class="vh">{say("heldFor")} </span><strong role="timer" data-test="countdown">{written(left)}</strong>
              </p>
            )}
            {left !== undefined && left <= WARNING && shop.canExtend && (
              <button type="button" class="button quiet" data-test="extend" onClick={() => void shop.extend()}>{say("more")}</button>
            )}
            {hold && !pending
              ? <a class="button go" data-test="reserve" href={`/checkout/${hold.holdId}`}>{say("checkout")}</a>
              : <span class="button go" aria-disabled="true" data-test="holding">{say("holding")}</span>}
          </div>
        </>
      )}
    </div>
  );
}
