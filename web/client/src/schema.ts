// Made by `cargo xtask openapi` out of docs/openapi/usher.json: change that, not this.

/** A kind of problem: the end of its `type`. Others may come. */
export type ProblemKind =
  | 'already-refunded'
  | 'bad-admission'
  | 'bad-host'
  | 'bad-key'
  | 'bad-preview'
  | 'bad-proof'
  | 'bad-signature'
  | 'bad-staff-token'
  | 'body-too-large'
  | 'body-too-slow'
  | 'busy'
  | 'claim-over'
  | 'code-required'
  | 'code-used'
  | 'disputed'
  | 'door-closed'
  | 'drawing'
  | 'email-not-verified'
  | 'email-taken'
  | 'external-id-taken'
  | 'foreign-origin'
  | 'hold-confirmed'
  | 'hold-expired'
  | 'idempotency-key-reused'
  | 'idempotency-key-running'
  | 'in-party'
  | 'in-use'
  | 'internal'
  | 'invalid-body'
  | 'invalid-parameter'
  | 'late-answer'
  | 'list-open'
  | 'lobby-closed'
  | 'malformed-body'
  | 'method-not-allowed'
  | 'no-address'
  | 'no-answer'
  | 'no-assertion'
  | 'no-draw'
  | 'no-pass'
  | 'no-place'
  | 'no-transfer'
  | 'no-waitlist-entry'
  | 'no-wallet'
  | 'nobody-waits'
  | 'not-a-guest'
  | 'not-a-websocket'
  | 'not-called'
  | 'not-found'
  | 'not-genuine'
  | 'not-json'
  | 'not-organizer'
  | 'not-permitted'
  | 'not-refused'
  | 'not-sold-out'
  | 'not-waiting'
  | 'not-your-booking'
  | 'not-yours'
  | 'nothing-to-refund'
  | 'offer-over'
  | 'opening-begun'
  | 'opening-overlaps'
  | 'organizers-only'
  | 'overloaded'
  | 'party-called'
  | 'party-full'
  | 'presale-code-used'
  | 'presale-only'
  | 'proof-required'
  | 'queue-required'
  | 'raw-card-number'
  | 'rejected'
  | 'room-closed'
  | 'room-exists'
  | 'sale-running'
  | 'sales-begun'
  | 'sales-closed'
  | 'sales-not-open'
  | 'search-unavailable'
  | 'seats-taken'
  | 'session-expired'
  | 'several-events'
  | 'sign-in'
  | 'sign-in-away'
  | 'sign-in-over'
  | 'sign-in-refused'
  | 'signed-out'
  | 'site-not-permitted'
  | 'sold-out'
  | 'stale-version'
  | 'team-full'
  | 'ticket-used'
  | 'token-used'
  | 'too-busy'
  | 'too-late-to-cancel'
  | 'too-many-codes'
  | 'too-many-keys'
  | 'too-many-requests'
  | 'too-many-tabs'
  | 'too-many-tickets'
  | 'too-many-tries'
  | 'too-many-webhooks'
  | 'transfer-forbidden'
  | 'transfer-open'
  | 'transfer-over'
  | 'unavailable'
  | 'unknown-account'
  | 'unknown-code'
  | 'unknown-delivery'
  | 'unknown-door'
  | 'unknown-event'
  | 'unknown-key'
  | 'unknown-mail'
  | 'unknown-member'
  | 'unknown-opening'
  | 'unknown-order'
  | 'unknown-party'
  | 'unknown-place'
  | 'unknown-presale-code'
  | 'unknown-provider'
  | 'unknown-refund'
  | 'unknown-room'
  | 'unknown-section'
  | 'unknown-session'
  | 'unknown-sign-in-provider'
  | 'unknown-staff-token'
  | 'unknown-ticket'
  | 'unknown-tier'
  | 'unknown-voucher'
  | 'unknown-webhook'
  | 'version-unmatched'
  | 'voucher-over'
  | 'voucher-unfit'
  | 'voucher-used'
  | 'waitlist-closed'
  | 'webhook-exists'
  | 'webhook-off'
  | 'which-organizer'
  | 'wrong-account'
  | 'wrong-code'
  | 'wrong-credentials'
  | 'wrong-event-state'
  | 'wrong-setting'
  | 'wrong-state'
  | (string & {});
/** A refusal (RFC 9457). Decide by its type. */
export type Problem = {
  /** The kind; docs/PROBLEMS.md lists them. */
  type: string;
  /** The same for all cases of a kind. */
  title: string;
  status: number;
  /** What is wrong in this case. */
  detail?: string;
  [name: string]: unknown;
};
/** A whole number of minor units of a currency. */
export type Money = {
  minor: number;
  currency: string;
};
/** A session as its owner is given it. */
export type Session = {
  accountId: string;
  role: 'fan' | 'organizer';
  token: string;
  expiresAt: string;
  refreshToken: string;
  refreshUntil: string;
};
/** A key as its owner sees it: without its secret. */
export type Key = {
  keyId: string;
  prefix: string;
  name: string;
  permissions: ('look' | 'figures' | 'buyers' | 'catalog' | 'sell' | 'money' | 'codes' | 'room' | 'door' | 'audit' | 'team')[];
  eventIds: string[] | null;
  madeBy: string;
  madeAt: string;
  endsAt: string;
  usedAt: string | null;
  revokedAt: string | null;
  /** The whole key, in the answer that makes it and in no other. */
  key?: string;
};
/** Somebody who works for the organizer. */
export type Member = {
  accountId: string;
  email: string;
  role: 'owner' | 'manager' | 'boxOffice' | 'door' | 'viewer';
  eventIds: string[] | null;
  addedAt: string;
};
/** One of them. */
export type SessionEntry = {
  sessionId: string;
  label: string;
  createdAt: string;
  usedAt: string;
  endsAt: string;
  /** Whether it is the one that asks. */
  current: boolean;
};
/** How an organizer wants to be seen in mails. All of it was checked, and is escaped where it is shown. */
export type Brand = {
  /** The name above the mail, and before our address. */
  name: string | null;
  /** The colour of what stands out: #rrggbb. */
  colour: string | null;
  /** Where answers go. */
  replyTo: string | null;
  /** What stands below. */
  footer: string | null;
};
/** An endpoint. */
export type Webhook = {
  webhookId: string;
  url: string;
  description: string | null;
  types: string[];
  enabled: boolean;
  off?: {
    cause: 'organizer' | 'gone' | 'failing';
    at: string;
  };
  failures: number;
  failingSince?: string;
  previousSecretUntil?: string;
  createdAt: string;
  secret?: string;
};
export type NewWebhook = {
  url: string;
  types: ('order.paid' | 'order.expired' | 'order.cancelled' | 'order.returned' | 'order.refunded' | 'ticket.issued' | 'ticket.checked_in' | 'event.changed' | 'event.cancelled' | 'event.sold_out')[];
  description?: string;
  enabled?: boolean;
};
/** A delivery. */
export type Delivery = {
  noticeId: string;
  /** What the header webhook-id says. */
  messageId: string;
  type: string;
  state: 'due' | 'delivered' | 'failed';
  createdAt: string;
  nextAttemptAt?: string;
  doneAt?: string;
  attempts: {
    at: string;
    durationMs: number;
    status?: number;
    error?: string;
  }[];
  body?: string;
};
/** A venue as everybody sees it. */
export type Venue = {
  venueId: string;
  /** The organizer's own name for it. */
  externalId?: string;
  /** Its name. */
  name: string;
  /** Street and number. */
  address?: string;
  /** The city. */
  city: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** Degrees north. */
  latitude: number;
  /** Degrees east. */
  longitude: number;
  /** A name of the IANA time zone database. */
  timeZone: string;
};
export type NewVenue = {
  name: string;
  city: string;
  country: string;
  latitude: number;
  longitude: number;
  timeZone: string;
  externalId?: string;
  address?: string;
};
/** A performer as everybody sees it. */
export type Performer = {
  performerId: string;
  /** The organizer's own name for them. */
  externalId?: string;
  /** Their name. */
  name: string;
};
export type NewPerformer = {
  name: string;
  externalId?: string;
};
export type NewEvent = {
  venueId: string;
  performerIds: string[];
  title: string;
  description: string;
  category: string;
  startsAt: string;
  salesStart: string;
  salesEnd: string;
  ticketLimit: number;
  currency: string;
  tiers: {
    name: string;
    price: number;
    generalAdmission: boolean;
    quantity?: number;
  }[];
  externalId?: string;
  image?: {
    url: string;
    alt: string;
  };
  seats?: {
    section: string;
    row: string;
    seat: string;
    tier: number;
    x?: number;
    y?: number;
    accessible?: boolean;
    companion?: boolean;
    restrictedView?: boolean;
  }[];
  focalPoints?: {
    x: number;
    y: number;
    section?: string;
  }[];
  seatingPlan?: {
    [name: string]: unknown;
  };
  state?: 'draft' | 'published';
};
export type ChangedEvent = {
  venueId: string;
  performerIds: string[];
  title: string;
  description: string;
  category: string;
  startsAt: string;
  salesStart: string;
  salesEnd: string;
  ticketLimit: number;
  currency: string;
  externalId?: string;
  image?: {
    url: string;
    alt: string;
  };
  state?: 'published' | 'postponed' | 'cancelled';
};
/** What GET /event/{eventId} answers. */
export type Event = {
  eventId: string;
  externalId?: string;
  title: string;
  description: string;
  category: 'concert' | 'sport' | 'theatre' | 'conference' | 'other';
  startsAt: string;
  timeZone: string;
  salesStart: string;
  salesEnd: string;
  currency: string;
  ticketLimit: number;
  image?: {
    /** Where it is. */
    url: string;
    /** What it shows, for who cannot see it. */
    alt: string;
  };
  /** What If-Match takes. */
  version: number;
  state: 'draft' | 'scheduled' | 'onSale' | 'soldOut' | 'ended' | 'postponed' | 'cancelled';
  venue: {
    venueId: string;
    name: string;
    address?: string;
    city: string;
    country: string;
    latitude: number;
    longitude: number;
  };
  performers: {
    performerId: string;
    name: string;
  }[];
  tiers: ({
    tierId: string;
    name: string;
    price: Money | null;
    generalAdmission: boolean;
    available: number;
    /** Until when it is sold with a code only, if it is now. */
    presaleUntil?: string;
  })[];
  presales?: {
    name: string;
    startsAt: string;
    endsAt: string;
    /** The tiers that it is about; all where absent. */
    tiers?: string[];
  }[];
  /** Whether one may enter the waitlist where it is sold out. */
  waitlist: boolean;
  ticketTotal: number;
  ticketAvailable: number;
  ticket: ({
    ticketId: string;
    place: string;
    tierId: string | null;
    price: Money | null;
  })[];
  ticketCursor?: string;
  stale: boolean;
};
/** The answer of reserve. */
export type Hold = {
  /** The public id. */
  holdId: string;
  /** The event. */
  eventId: string;
  /** When it ends. */
  expiresAt: string;
  /** Until when it may last if it is extended. */
  longestUntil: string;
  /** What it covers. */
  tickets: {
    /** The public id. */
    ticketId: string;
    /** Where it is. */
    place: string;
    /** What it costs. */
    price: Money;
    /** What a voucher took off its face value. */
    discount?: Money;
  }[];
  /** What that costs. */
  total: Money | null;
  /** What the voucher that lies on it takes off; absent without one. */
  discount?: Money;
  /** How close together its seats are; absent where it has none. */
  placement?: 'together' | 'adjacentRows' | 'split';
  /** Rises with every hold of the event, while Redis lives. */
  fence: number;
  /** The hold as a signed record, for the case that Redis forgets it. */
  record: string;
};
export type Reserve = {
  ticketId: string;
  voucher?: string;
  code?: string;
  equivalent?: boolean;
  insteadOf?: string;
} | {
  ticketIds: string[];
  voucher?: string;
  code?: string;
  equivalent?: boolean;
  insteadOf?: string;
} | {
  eventId: string;
  tier: string;
  quantity: number;
  voucher?: string;
  code?: string;
  equivalent?: boolean;
  insteadOf?: string;
} | {
  eventId: string;
  bestAvailable: true;
  quantity: number;
  tier?: string;
  price?: {
    from?: number;
    to?: number;
  };
  section?: string;
  accessible?: number;
  voucher?: string;
  code?: string;
  equivalent?: boolean;
  insteadOf?: string;
} | {
  eventId: string;
  offer: string;
  voucher?: string;
  code?: string;
  equivalent?: boolean;
};
/** One's own entry. */
export type WaitlistEntry = {
  /** Which one. */
  entryId: string;
  /** The event. */
  eventId: string;
  /** Where it stands. */
  state: 'waiting' | 'offered' | 'accepted' | 'lapsed' | 'left' | 'removed';
  /** How many tickets. */
  quantity: number;
  /** The tiers that will do; empty for all. */
  tiers: string[];
  /** Since when. */
  enteredAt: string;
  /** How many wait in front, while it waits. */
  ahead?: number;
  /** What waits for it. */
  offer?: {
    /** Which offer: with it the fan who waited reserves. */
    offerId: string;
    /** Until when. */
    until: string;
    /** The seats. */
    ticketIds: string[];
  };
};
/** A refund as the public sees it. */
export type Refund = {
  /** Which one. */
  refundId: string;
  /** What it came of. */
  cause: 'organizer' | 'eventCancelled';
  /** Why. */
  reason: string;
  /** How much. */
  amount: Money;
  /** Where it stands. */
  state: 'pending' | 'done' | 'refused';
  /** When it was asked for. */
  createdAt: string;
};
/** An order with everything. */
export type Order = {
  /** The public id. */
  orderId: string;
  /** The number that people say to each other: from 1 inside the event, a moment after the payment. */
  number?: number;
  /** The event. */
  eventId: string;
  /** Where it stands. */
  state: 'awaitingPayment' | 'capturing' | 'paid' | 'fulfilled' | 'partlyRefunded' | 'expired' | 'cancelled' | 'refunded' | 'voided';
  /** What it costs. */
  total: Money;
  /** When it was placed. */
  createdAt: string;
  /** Until when it can be paid. */
  payUntil: string;
  /** Where its newest payment stands: after declined one confirms the same hold again, with another token. */
  payment: 'created' | 'pending' | 'authorised' | 'declined' | 'captured' | 'voiding' | 'voided' | 'refunded' | null;
  /** Where the fan must go before the payment is decided. */
  challengeUrl?: string;
  /** The hold that it confirms. */
  holdId: string;
  /** The sum of what a voucher took off. */
  discount?: Money;
  /** The sum of the fees. */
  fees: Money;
  /** The sum of the taxes. */
  tax: Money;
  /** Whether the taxes are part of the other amounts. */
  taxIncluded: boolean;
  /** Its tickets. */
  tickets: {
    /** The public id. */
    ticketId: string;
    /** Where it is. */
    place: string;
    /** What it cost, with everything. */
    price: Money;
    /** What its tier said that it costs. */
    face: Money;
    /** What a voucher took off that. */
    discount?: Money;
    /** What was charged for selling it. */
    fee: Money;
    /** The tax on both. */
    tax: Money;
    /** Since when it is the order's no more. */
    returnedAt?: string;
    /** The text of its QR code, once it is issued. */
    code?: string;
  }[];
  /** What happened, oldest first. */
  history: ({
    /** When. */
    at: string;
    /** Where the order stood then. */
    state: 'awaitingPayment' | 'capturing' | 'paid' | 'fulfilled' | 'partlyRefunded' | 'expired' | 'cancelled' | 'refunded' | 'voided';
    /** Why. */
    cause: string;
  })[];
  /** What went back, or is about to. */
  refunds: Refund[];
  /** What the fan's bank was asked about; for the organizer alone. */
  disputes?: ({
    /** What the provider calls it. */
    disputeId: string;
    /** How much. */
    amount: Money;
    /** Where it stands. */
    state: 'opened' | 'won' | 'lost';
    /** When we heard of it first. */
    openedAt: string;
  })[];
};
/** A ticket as its holder sees it. */
export type Ticket = {
  ticketId: string;
  eventId: string;
  orderId: string;
  title: string;
  venue: string;
  city: string;
  startsAt: string;
  timeZone: string;
  place: string;
  code: string;
  /** Whom it was sent to, if it is on its way. */
  transfer?: {
    email: string;
    until: string;
  };
  transferable: boolean;
};
/** The keys of an organizer. */
export type Keys = {
  keys: Key[];
};
/** Everybody who does. */
export type Team = {
  organizerId: string;
  members: Member[];
};
/** For whom somebody works. */
export type Teams = {
  teams: ({
    organizerId: string;
    role: 'owner' | 'manager' | 'boxOffice' | 'door' | 'viewer';
    permissions: ('look' | 'figures' | 'buyers' | 'catalog' | 'sell' | 'money' | 'codes' | 'room' | 'door' | 'audit' | 'team')[];
    eventIds: string[] | null;
  })[];
};
/** The sessions of an account. */
export type Sessions = {
  sessions: SessionEntry[];
};
/** An account as its owner sees it. */
export type Account = {
  accountId: string;
  /** None of a guest who has told none. */
  email: string | null;
  name: string | null;
  role: 'fan' | 'organizer';
};
/** A code that is on its way. */
export type MailedCode = {
  codeId: string;
  until: string;
};
/** What became of an import. */
export type Imported = {
  rows: {
    row: number;
    outcome: string;
    eventId?: string;
    problem?: unknown;
  }[];
};
/** A plan. Members that say how it is drawn are not looked at. */
export type SeatingPlan = {
  /** Its name. */
  name: string;
  /** Its categories: one becomes the tier of the same name. */
  categories: {
    /** Its name. */
    name: string;
    /** Its colour. */
    color: string;
  }[];
  /** Its zones. */
  zones: {
    /** Its name. */
    name: string;
    /** Its id. */
    zone_id?: string;
    /** Where it begins. */
    position: {
      /** To the right. */
      x: number;
      /** Downwards. */
      y: number;
    };
    /** Its rows. */
    rows: {
      /** Its name. */
      row_number: string;
      /** Where it begins, in its zone. */
      position: {
        /** To the right. */
        x: number;
        /** Downwards. */
        y: number;
      };
      /** Its seats. */
      seats: {
        /** Its name. */
        seat_number: string;
        /** The file's own name for it. */
        seat_guid: string;
        /** Where it is, in its row. */
        position: {
          /** To the right. */
          x: number;
          /** Downwards. */
          y: number;
        };
        /** The name of its category. */
        category: string;
      }[];
    }[];
    /** Its shapes. */
    areas: unknown[];
  }[];
  /** How large the drawing is. */
  size?: {
    /** To the right. */
    width: number;
    /** Downwards. */
    height: number;
  };
};
export type SeatMap = {
  eventId: string;
  ticketTotal: number;
  sections: {
    name: string;
    rows: {
      name: string;
      seats: {
        ticketId: string;
        /** The ticket's bit in the availability. */
        bit: number;
        name: string;
        x?: number;
        y?: number;
        tierId: string;
        accessible: boolean;
        companion?: boolean;
        restrictedView?: boolean;
      }[];
    }[];
  }[];
  tiers: ({
    tierId: string;
    name: string;
    price: Money | null;
    generalAdmission: boolean;
    total: number;
  })[];
};
/** What can be had: everything, or what is different from the version since. */
export type Availability = {
  version: number;
  since?: number;
  available?: string;
  free?: number[];
  taken?: number[];
  tiers: {
    tierId: string;
    available: number;
    /** Until when it is sold with a code only, if it is now. */
    presaleUntil?: string;
  }[];
  stale: boolean;
};
/** The answer. */
export type Confirmed = {
  /** The order. */
  orderId: string;
  /** Where it stands. */
  state: string;
  /** Where to look at it. */
  order: string;
};
/** The answer of GET /order. */
export type Orders = {
  /** Newest first. */
  orders: ({
    /** The public id. */
    orderId: string;
    /** The number that people say to each other: from 1 inside the event, a moment after the payment. */
    number?: number;
    /** The event. */
    eventId: string;
    /** Where it stands. */
    state: 'awaitingPayment' | 'capturing' | 'paid' | 'fulfilled' | 'partlyRefunded' | 'expired' | 'cancelled' | 'refunded' | 'voided';
    /** What it costs. */
    total: Money;
    /** When it was placed. */
    createdAt: string;
  })[];
};
/** What is charged, as it is said and shown. */
export type Charges = {
  /** A fixed fee a ticket, in minor units. */
  fee: number;
  /** A fee by the face value, in parts per million. */
  feePpm: number;
  /** The tax on both, in parts per million. */
  taxPpm: number;
  /** Whether the tax is part of the price. */
  taxIncluded: boolean;
  /** Tiers with charges of their own. */
  tiers: {
    tierId: string;
    fee: number;
    feePpm: number;
    taxPpm: number;
  }[];
};
/** How far the refunds are. */
export type Cancellation = {
  eventId: string;
  reason: string;
  cancelledAt: string;
  isDone: boolean;
  open: number;
  disputed: number;
  pending: number;
  refunded: number;
  refused: number;
  givenBack: Money;
  owed: Money;
};
/** The answer of GET /event/{eventId}/sales. Amounts are in minor units. */
export type SalesReport = {
  eventId: string;
  currency: string;
  timeZone: string;
  rows: {
    /** The day at the venue. */
    day: string;
    /** The tier. */
    tierId: string;
    /** Its name. */
    tier: string;
    /** How many tickets were paid. */
    sold: number;
    /** Their face values. */
    face: number;
    /** What vouchers took off these. */
    discounts: number;
    /** Their fees. */
    fees: number;
    /** Their taxes. */
    tax: number;
    /** What was paid for them, with everything. */
    gross: number;
    /** How many tickets went back. */
    returned: number;
    /** What was paid for those. */
    refunded: number;
  }[];
  total: {
    /** How many tickets were paid. */
    sold: number;
    /** Their face values. */
    face: number;
    /** What vouchers took off these. */
    discounts: number;
    /** Their fees. */
    fees: number;
    /** Their taxes. */
    tax: number;
    /** What was paid for them, with everything. */
    gross: number;
    /** How many tickets went back. */
    returned: number;
    /** What was paid for those. */
    refunded: number;
  };
};
/** A part of the list of revoked codes. */
export type Revocations = {
  eventId: string;
  since: number;
  version: number;
  revoked: number[][];
  more: boolean;
  token: string;
};
/** Its answer. */
export type Genuine = {
  eventId: string;
  ticketId: string;
  place: string;
  genuine: boolean;
};
/** A door, and what it counted. */
export type Door = {
  doorId: string;
  name: string;
  createdAt: string;
  expiresAt: string;
  revokedAt?: string;
  in: number;
  out: number;
  refused: number;
};
/** What the doors of an event counted. */
export type Doors = {
  doors: Door[];
  inside: number;
  conflicts: ({
    cause: 'twiceIn' | 'revoked';
    ticketId: string;
    place: string;
    scan: {
      scanId: string;
      door: string;
      direction: 'in' | 'out';
      at: string;
    };
    first: {
      scanId: string;
      door: string;
      direction: 'in' | 'out';
      at: string;
    } | null;
    foundAt: string;
  })[];
};
/** What became of a scan. */
export type Scanned = {
  scanId: string;
  outcome: string;
  reason?: string;
  ticketId?: string;
  place?: string;
  direction: 'in' | 'out';
  at: string;
  again: boolean;
  last?: {
    scanId: string;
    door: string;
    direction: 'in' | 'out';
    at: string;
  };
  conflicts: ({
    cause: 'twiceIn' | 'revoked';
    /** Whether the other scan is the wrong one. */
    otherIsWrong: boolean;
    with: {
      scanId: string;
      door: string;
      direction: 'in' | 'out';
      at: string;
    } | null;
  })[];
};
/** One of them, as its organizer sees it. */
export type Allocation = {
  /** Its order. */
  orderId: string;
  /** What it is. */
  kind: 'heldBack' | 'comp' | 'boxOffice';
  /** What the organizer calls it. */
  label: string;
  /** How it was paid. */
  paidBy?: 'cash' | 'card';
  /** Where its order stands. */
  state: 'awaitingPayment' | 'capturing' | 'paid' | 'fulfilled' | 'partlyRefunded' | 'expired' | 'cancelled' | 'refunded' | 'voided';
  /** What was paid. */
  total: Money;
  /** Its tickets. */
  tickets: string[];
  /** When it was made. */
  createdAt: string;
};
/** What an organizer is told of an import. */
export type CodeReport = {
  imported: number;
  unchanged: number;
  refused: number;
  rows: {
    row: number;
    outcome: string;
    why?: string;
  }[];
};
/** Vouchers, in the order of their ids. */
export type Vouchers = {
  vouchers: ({
    voucherId: string;
    hint: string;
    label: string | null;
    off?: number;
    offPpm?: number;
    price?: number;
    tiers: string[];
    validUntil: string | null;
    uses: number;
    usesMax: number | null;
    perPerson: number | null;
    spent: number;
    budget: number | null;
    createdAt: string;
    revokedAt: string | null;
  })[];
  next?: string;
};
/** The windows of an event, all at once. */
export type Presales = {
  presales: {
    /** What fans read. */
    name: string;
    /** When it begins. */
    startsAt: string;
    /** When it ends. */
    endsAt: string;
    /** The tiers that it is about; all where absent. */
    tiers: string[];
    /** Codes of these classes open it. */
    classes: string[];
  }[];
};
/** Codes, in the order of their ids. */
export type PresaleCodes = {
  codes: ({
    codeId: string;
    hint: string;
    label: string | null;
    class: string;
    seats: number;
    seatsMax: number | null;
    createdAt: string;
    revokedAt: string | null;
  })[];
  next?: string;
};
/** The body of PUT /event/{eventId}/waitlist, and its answer. */
export type Waitlist = {
  open: boolean;
  offerMinutes: number | null;
};
/** Who is on the list, in its order, and how many are in which state. */
export type WaitingPage = {
  open: boolean;
  offerMinutes: number | null;
  counts: {
    [name: string]: number;
  };
  entries: Waiting[];
  /** The address of the next page. */
  next: string | null;
};
/** An entry as the organizer sees it. */
export type Waiting = {
  entryId: string;
  number: number;
  email: string;
  quantity: number;
  tiers: string[];
  state: 'waiting' | 'offered' | 'accepted' | 'lapsed' | 'left' | 'removed';
  enteredAt: string;
  offeredUntil: string | null;
  endedAt: string | null;
};
/** Mails, the oldest first. */
export type Mails = {
  mails: ({
    messageId: string;
    kind: string;
    to: string | null;
    createdAt: string;
    attempts: number;
    givenUpAt: string;
    error: string | null;
  })[];
  next?: string;
};
/** The endpoints of an organizer, and what they may be told. */
export type Webhooks = {
  webhooks: Webhook[];
  types: string[];
};
/** Deliveries, the newest first. */
export type Deliveries = {
  deliveries: Delivery[];
  next?: string;
};
export type Allocated = {
  orderId: string;
  state: string;
  total: Money;
};
export type Allocations = {
  allocations: Allocation[];
};
export type Tickets = {
  tickets: Ticket[];
};
export type Transfer = {
  transferId: string;
  ticketId: string;
  email: string;
  until: string;
};
export type OpenedDoor = {
  doorId: string;
  name: string;
  expiresAt: string;
  /** The session of those who work at the door. */
  token: string;
  /** The page that they open; it carries the token behind the #. */
  scanner: string;
};
export type ThisDoor = {
  eventId: string;
  doorId: string;
  name: string;
  doors: Door[];
  inside: number;
};
export type Scans = {
  /** In the order of the scans. */
  results: Scanned[];
};
export type DoorBundle = {
  eventId: string;
  title: string;
  venue: string;
  city: string;
  startsAt: string;
  timeZone: string;
  doorId: string;
  door: string;
  keys: KeySet;
  /** The signed list of codes that are worth nothing. */
  revocations: string;
  version: number;
  more: boolean;
  tickets: [number, number, string][];
  inside: number[];
  at: string;
};
export type AcceptedTicket = {
  ticketId: string;
  /** Where it is. */
  ticket: string;
};
export type Replayed = {
  replayed: number;
};
export type SentTest = {
  noticeId: string;
  delivery: string;
};
/** Public keys (RFC 7517). */
export type KeySet = {
  keys: {
    kty: string;
    crv: string;
    kid: string;
    alg?: string;
    use?: string;
    x: string;
  }[];
};
/** What an organizer has. */
export type Events = {
  events: ({
    eventId: string;
    title: string;
    startsAt: string;
    publication: 'draft' | 'published' | 'postponed' | 'cancelled';
    venue: string;
    city: string;
  })[];
  /** Where those before are. */
  next?: string;
};
export type AuditPage = {
  entries: AuditEntry[];
  next?: string;
};
export type AuditEntry = {
  entry: number;
  at: string;
  actor: {
    accountId?: string;
    keyId?: string;
    role?: 'owner' | 'manager' | 'boxOffice' | 'door' | 'viewer';
  };
  operation: string;
  eventId?: string;
  subject: string;
  changes: {
    [name: string]: unknown;
  };
  requestId?: string;
};
/** A room as its organizer sees it. */
export type Room = {
  roomId: string;
  eventId?: string;
  site?: {
    /** Under which host browsers find it. Its name leads to the gate. */
    host: string;
    /** Where it is really served. */
    origin: string;
    /** What is guarded. Everything else goes through. */
    paths: string[];
  };
  name: string;
  state: string;
  version: number;
  admitPerMinute: number;
  maxActive: number;
  claimWindow: string;
  sessionLength: string;
  interval: string;
  session: string;
  sessionLongest?: string;
  failure: string;
  message: string | null;
  odds: 'shown' | 'hidden';
  waitlist: string | null;
  pauseReason: string | null;
  exception: {
    /** The state that it goes back to. */
    from: string;
    reason: string;
  } | null;
  failedOpenAt: string | null;
  order: string;
  /** SHA-256 of the seed, in hex. */
  commitment?: string;
  /** A public value of the future that goes into the draw, in words. */
  beacon?: string;
  /** When the lobby is to close, as the organizer announced it. */
  opensAt?: string;
  /** Between which limits the gate sets the rate; absent while the organizer does. */
  drive: {
    /** The lowest rate. */
    min: number;
    /** The highest. */
    max: number;
    /** Nine in ten answers of the origin shall take at most so many milliseconds. */
    latencyMs: number;
  } | null;
  createdAt: string;
  live?: {
    /** In line; absent while Redis is away. */
    waiting: number | null;
    /** Parked; absent while Redis is away. */
    away: number | null;
    /** Called, and not claimed yet. */
    called: number;
    /** Inside. */
    active: number;
    /** Calls of the last 60 seconds. */
    admittedLastMinute: number;
    /** Requests that bypass rules let through, since the room was made. */
    letThroughByRule: number;
    /** The lanes, in their order. */
    lanes: ({
      /** What it is called. */
      name: string;
      /** Its share. */
      share: number;
      /** In line; absent while Redis is away. */
      waiting: number | null;
    })[];
  };
};
export type RoomOrPreview = Room | Preview;
/** One opening. */
export type Opening = {
  openingId: string;
  startsAt: string;
  endsAt: string;
  state: 'open' | 'bypass' | 'reject';
  reason: string | null;
  admitPerMinute: number | null;
  maxActive: number | null;
  message: string | null;
  begunAt: string | null;
  endedAt: string | null;
};
export type OpeningOrPreview = Opening | Preview;
/** A challenge. */
export type Challenge = {
  /** Whether nobody gets a new place without a proof. */
  required: boolean;
  algorithm: string;
  challenge: string;
  difficulty: number;
  waitUntil: string;
  expiresAt: string;
};
/** What was taken. */
export type Taken = {
  number: number;
  ahead: number;
  lane?: string;
  token: string;
  live: string;
} | {
  state: string;
  placeId: string;
  entries: number;
  lane?: string;
  token?: string;
  live: string;
};
/** One frame. */
export type Frame = {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'waiting';
  /** The number on the place; it never changes. */
  number: number;
  /** Live places ahead. */
  ahead: number;
  /** Live places behind. */
  behind: number;
  /** The priority lane that the place is in, where it is in one: ahead and behind are counted within it. */
  lane?: string;
  /** Seconds until the turn, as an interval from a likely earliest to a likely latest; none while it cannot be told. */
  wait?: {
    /** Likely not before. */
    from: number;
    /** Likely not after. */
    to: number;
  };
  /** People called per minute at the moment, measured over the last minute. */
  pace: number;
  /** Why ahead is larger than in the frame before; absent when it is not. */
  reason?: 'earlierFansReturned' | 'laneChanged' | 'lineRestored';
  /** Whether there is likely to be a ticket left; absent where nobody can tell, or the organizer does not want to. */
  chance?: 'high' | 'fair' | 'low' | 'none';
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'paused';
  /** The number on the place. */
  number: number;
  /** Live places ahead. */
  ahead: number;
  /** Live places behind. */
  behind: number;
  /** The priority lane that the place is in, where it is in one. */
  lane?: string;
  /** Why, in the organizer's words. */
  why: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'free';
  /** Where to go. */
  event: string;
  /** Why, in words for the fan. */
  why: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'lobby';
  /** Entries so far. */
  entries: number;
  /** When the draw is to be, where that is known. */
  opensAt?: string;
  /** SHA-256 of the seed of the draw, in hex: the gate is bound to the seed from now on. */
  commitment: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'drawing';
  /** Entries in the draw. */
  entries: number;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'soldOut';
  /** The number on the place. */
  number: number;
  /** Live places ahead. */
  ahead: number;
  /** Live places behind. */
  behind: number;
  /** Why, in words for the fan. */
  why: string;
  /** Where the organizer takes the names of those who would like a ticket that comes back. */
  waitlist?: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'called';
  /** The number on the place. */
  number: number;
  /** The end of the claim window. */
  claimBy: string;
  /** What the pass opens. */
  event: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'active';
  /** What the pass opens. */
  event: string;
  /** When shopping ends. */
  until: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'ended';
  /** Why, in words for the fan. */
  why: string;
} | {
  /** The version of what frames say: VERSION. */
  v: number;
  /** The tick of the room that this is the view of; never falls. */
  tick: number;
  /** The organizer's words, when there are any. */
  message?: string;
  /** Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was. */
  tiers?: TierOffer[];
  state: 'unknown';
};
/** What is left of one price category. */
export type TierOffer = {
  /** What the organizer calls it. */
  name: string;
  /** What one ticket costs. */
  price: Money;
  /** How many tickets can be had: neither sold nor held by somebody inside. Absent where the organizer keeps that to themselves. */
  left?: number;
};
/** A party. */
export type Party = {
  party: string;
  link: string;
  members: number;
  limit: number;
};
/** What a friend has who joined. */
export type JoinedParty = {
  number: number;
  ahead: number;
  lane?: string;
  token: string;
  party: string;
  link: string;
  members: number;
  limit: number;
};
/** A draw as everybody sees it: GET /queue/{roomId}/draw. */
export type Draw = {
  /** Whose. */
  roomId: string;
  /** What is computed; ALGORITHM. */
  algorithm: string;
  /** How far it is. */
  state: 'committed' | 'opened' | 'frozen' | 'drawn' | 'done';
  /** SHA-256 of the seed, in hex. */
  commitment: string;
  /** The public value that was named beforehand, in words. */
  beacon: string | null;
  /** What it turned out to be. */
  beaconValue: string | null;
  /** What the draw does not prove, where it has no beacon. */
  caveat?: string;
  /** When the lobby began to be closed. */
  openedAt: string | null;
  /** When the digest was published. */
  frozenAt: string | null;
  /** How many entries the list has, once it is closed. */
  entries: number | null;
  /** SHA-256 of the list as it is published, in hex. */
  digest: string | null;
  /** When the seed was published. */
  drawnAt: string | null;
  /** The seed, in hex. */
  seed: string | null;
  /** When every place was in the line, and calling began. */
  doneAt: string | null;
  /** Where the list is. */
  list: string;
  /** What the lanes on the list are called; nothing where all come into main. */
  lanes?: {
    /** The number that stands on the list. */
    lane: number;
    /** Its name in the room. */
    name: string;
  }[];
};
/** What a fan can keep of a draw: where their entry stands. */
export type DrawReceipt = {
  /** Their entry on the published list. */
  placeId: string;
  /** Its rank, from 1, once it is drawn. */
  rank: number | null;
  /** How many entries there are. */
  entries: number;
  /** The lane that it comes into, where that is another than main. */
  lane?: string;
};
/** How forecasts turned out. */
export type Calibration = {
  /** How many were scored. */
  n: number;
  /** Called sooner than forecast. */
  below: number;
  /** Called within the interval. */
  inside: number;
  /** Called later. */
  above: number;
  /** What part of them was inside; none where nothing was scored. An interval is to hold eight of ten. */
  share: number | null;
};
/** A claimed turn. */
export type Admission = {
  admissionToken: string;
  expiresAt: string;
};
/** A session that began. */
export type EntrySession = {
  eventId: string;
  until: string;
};
/** The public log. */
export type PublicLog = {
  roomId: string;
  state: string;
  /** The hash of the last of these entries: who notes it can tell later whether the log was changed. */
  head: string | null;
  entries: {
    entry: number;
    at: string;
    kind: string;
    detail: unknown;
    hash: string;
  }[];
  minutes: {
    at: string;
    called: number;
  }[];
};
/** Rooms, newest first. */
export type Rooms = {
  rooms: Room[];
};
/** What would happen. */
export type Preview = {
  /** Always true: nothing was changed. */
  preview: boolean;
  /** What the log would say. */
  kind: string;
  detail: unknown;
  /** Whether somebody should look twice. */
  dangerous: boolean;
  /** What it would do to whom. */
  effects: string[];
  /** What a fan in line would read. */
  fansSee: {
    state: 'waiting';
    /** The number on the place; it never changes. */
    number: number;
    /** Live places ahead. */
    ahead: number;
    /** Live places behind. */
    behind: number;
    /** The priority lane that the place is in, where it is in one: ahead and behind are counted within it. */
    lane?: string;
    /** Seconds until the turn, as an interval from a likely earliest to a likely latest; none while it cannot be told. */
    wait?: {
      /** Likely not before. */
      from: number;
      /** Likely not after. */
      to: number;
    };
    /** People called per minute at the moment, measured over the last minute. */
    pace: number;
    /** Why ahead is larger than in the frame before; absent when it is not. */
    reason?: 'earlierFansReturned' | 'laneChanged' | 'lineRestored';
    /** Whether there is likely to be a ticket left; absent where nobody can tell, or the organizer does not want to. */
    chance?: 'high' | 'fair' | 'low' | 'none';
  } | {
    state: 'paused';
    /** The number on the place. */
    number: number;
    /** Live places ahead. */
    ahead: number;
    /** Live places behind. */
    behind: number;
    /** The priority lane that the place is in, where it is in one. */
    lane?: string;
    /** Why, in the organizer's words. */
    why: string;
  } | {
    state: 'free';
    /** Where to go. */
    event: string;
    /** Why, in words for the fan. */
    why: string;
  } | {
    state: 'lobby';
    /** Entries so far. */
    entries: number;
    /** When the draw is to be, where that is known. */
    opensAt?: string;
    /** SHA-256 of the seed of the draw, in hex: the gate is bound to the seed from now on. */
    commitment: string;
  } | {
    state: 'drawing';
    /** Entries in the draw. */
    entries: number;
  } | {
    state: 'soldOut';
    /** The number on the place. */
    number: number;
    /** Live places ahead. */
    ahead: number;
    /** Live places behind. */
    behind: number;
    /** Why, in words for the fan. */
    why: string;
    /** Where the organizer takes the names of those who would like a ticket that comes back. */
    waitlist?: string;
  } | {
    state: 'called';
    /** The number on the place. */
    number: number;
    /** The end of the claim window. */
    claimBy: string;
    /** What the pass opens. */
    event: string;
  } | {
    state: 'active';
    /** What the pass opens. */
    event: string;
    /** When shopping ends. */
    until: string;
  } | {
    state: 'ended';
    /** Why, in words for the fan. */
    why: string;
  } | {
    state: 'unknown';
  };
  /** How many are where at the moment. */
  now: {
    /** In line; absent while Redis is away. */
    waiting: number | null;
    /** Parked; absent while Redis is away. */
    away: number | null;
    /** Called, and not claimed yet. */
    called: number;
    /** Inside. */
    active: number;
    /** Calls of the last 60 seconds. */
    admittedLastMinute: number;
    /** Requests that bypass rules let through, since the room was made. */
    letThroughByRule: number;
    /** The lanes, in their order. */
    lanes: ({
      /** What it is called. */
      name: string;
      /** Its share. */
      share: number;
      /** In line; absent while Redis is away. */
      waiting: number | null;
    })[];
  };
  /** The room as it would be. */
  room: Room;
};
/** Who may take a place. */
export type Entry = {
  version: number;
  /** The class of accounts that may: then everybody is signed in, and an account has one place. */
  account?: 'any' | 'registered' | 'organizer';
  /** Whether it takes an access code. */
  code: boolean;
};
/** Codes, in the order of their ids. */
export type AccessCodes = {
  codes: ({
    codeId: string;
    hint: string;
    label: string | null;
    lane: string;
    uses: number;
    usesMax: number | null;
    createdAt: string;
    revokedAt: string | null;
  })[];
  next?: string;
};
/** A room's lanes, in order. */
export type Lanes = {
  version: number;
  lanes: ({
    name: string;
    share: number;
    accounts?: 'any' | 'registered' | 'organizer';
  })[];
};
/** How a shield stands. */
export type ShieldReport = {
  version: number;
  since: string | null;
  normal: number;
  easiest: number;
  hardest: number;
  wait: string;
  difficulty: number;
  joinsPerMinute: number;
  measures: {
    [name: string]: {
      mode: 'off' | 'observe' | 'enforce';
      seen: number;
      wouldRefuse: number;
      refused: number;
      networks: {
        network: string;
        count: number;
      }[];
    };
  };
  proofs: {
    /** Good, by work. */
    solved: number;
    /** Good, by waiting. */
    waited: number;
    /** None was sent. */
    missing: number;
    /** The challenge was none of theirs. */
    foreign: number;
    /** The challenge was too old. */
    expired: number;
    /** The work was too little. */
    tooEasy: number;
    /** The wait was not over. */
    tooEarly: number;
    /** Too many from there had waited instead of calculating. */
    tooManyWaits: number;
  };
};
export type RoomLook = {
  name?: string;
  accent?: string;
  accentDark?: string;
  logo?: string;
  link?: string;
  languages?: ('en' | 'de' | 'es' | 'pt' | 'ja')[];
  language?: 'en' | 'de' | 'es' | 'pt' | 'ja';
  texts?: {
    en?: BrandTexts;
    de?: BrandTexts;
    es?: BrandTexts;
    pt?: BrandTexts;
    ja?: BrandTexts;
  };
};
export type BrandTexts = {
  welcome?: string;
  rules?: string;
  help?: string;
};
/** The look of a room. */
export type RoomBrand = {
  /** The version of the room. */
  version: number;
  /** What the look is called; none where the room has none. */
  look: string | null;
  /** What it says. */
  brand: {
    /** What stands at the top of the pages: whose room it is. */
    name?: string;
    /** The colour of buttons and links. */
    accent?: string;
    /** The same on a dark page; the one above where it is absent. */
    accentDark?: string;
    /** The picture at the top of the pages, in the place of the name. */
    logo?: string;
    /** Where the organizer is found. */
    link?: string;
    /** The languages that the pages are offered in; all where there are none. */
    languages?: ('en' | 'de' | 'es' | 'pt' | 'ja')[];
    /** The language for those whose languages are not offered, and the one whose texts stand in where another has none. */
    language?: 'en' | 'de' | 'es' | 'pt' | 'ja';
    /** What the organizer says, in each language. */
    texts?: {
      [name: string]: {
        /** What this is about. */
        welcome?: string;
        /** The rules of the line or of the sale. */
        rules?: string;
        /** Where help is found. */
        help?: string;
      };
    };
  };
  /** What its colour becomes on the pages. */
  colours: {
    light: {
      /** Of buttons. */
      accent: string;
      /** Of the text on them. */
      on: string;
      /** The contrast between the two, from 1 to 21; never below 4.5. */
      contrast: number;
      /** Of links: as the one of buttons, or so much darker or lighter that it can be read. */
      text: string;
    };
    dark: {
      /** Of buttons. */
      accent: string;
      /** Of the text on them. */
      on: string;
      /** The contrast between the two, from 1 to 21; never below 4.5. */
      contrast: number;
      /** Of links: as the one of buttons, or so much darker or lighter that it can be read. */
      text: string;
    };
  } | null;
  logo: RoomLogo | null;
  /** Where the line is. */
  queue: string;
  /** What a site of the organizer's own loads. */
  embed: {
    /** Where the script is, in its newest version. */
    script: string;
    /** Where this version of it is, which never changes. */
    pinned: string;
    /** Its hash, for the attribute of this name. */
    integrity: string;
  };
};
/** A link that shows a look. */
export type BrandLink = {
  /** Where it is seen. */
  url: string;
  /** Until when. */
  expiresAt: string;
  /** What the look is called. */
  look: string;
};
/** A logo. */
export type RoomLogo = {
  /** What it is called. */
  logo: string;
  /** Its type. */
  kind: string;
  /** Its width in points. */
  width: number;
  /** Its height in points. */
  height: number;
  /** How many bytes it has. */
  bytes: number;
  /** Where it is. */
  address: string;
};
/** What everybody may know of a room. */
export type RoomPublic = {
  v: number;
  roomId: string;
  /** What its organizer calls it. */
  name: string;
  state: 'scheduled' | 'lobby' | 'open' | 'paused' | 'soldOut' | 'free' | 'closed';
  /** When it opens next, where that is planned. */
  opensAt?: string;
  /** How many wait in line; absent while nobody can say. */
  waiting?: number;
  /** How long somebody is likely to wait who joins now, in seconds; absent where that cannot be told. */
  wait?: {
    /** Likely not before. */
    from: number;
    /** Likely not after. */
    to: number;
  };
  /** Why nobody is let in, in the organizer's words. */
  why?: string;
  /** Where names are taken for tickets that come back. */
  waitlist?: string;
  /** Where the line is. */
  queue: string;
  /** After how many seconds to ask again. */
  again: number;
};
/** A room's numbers of this second. */
export type RoomLive = {
  at: string;
  state: string;
  version: number;
  /** In line; absent while Redis is away. */
  waiting: number | null;
  /** The lanes, in their order, with who is in line in each. */
  lanes: ({
    /** What it is called. */
    name: string;
    /** Its share. */
    share: number;
    /** In line; absent while Redis is away. */
    waiting: number | null;
  })[];
  /** Parked; absent while Redis is away. */
  away: number | null;
  /** Called, and not claimed yet. */
  ready: number;
  /** Inside. */
  active: number;
  admitted: {
    lastMinute: number;
    target: number;
  };
  noShows: {
    /** Of the last 60 seconds. */
    lastMinute: number;
    /** Of all. */
    total: number;
  };
  waited: {
    /** Half of them at most so long; absent where nobody was called within five minutes. */
    p50: number | null;
    /** Nine in ten of them at most so long. */
    p90: number | null;
    /** How many it was measured on. */
    of: number;
  };
  origin: {
    answers: number;
    errors: number;
    /** Nine in ten took at most so many milliseconds, to a fifth. */
    latencyMs: number;
  };
};
/** Minutes, oldest first. */
export type RoomHistory = {
  minutes: ({
    /** When it began. */
    minute: string;
    /** The room's state when it had ended. */
    state: string;
    /** In line then; absent while Redis was away. */
    waiting: number | null;
    /** Parked then. */
    away: number | null;
    /** Called then. */
    called: number;
    /** Inside then. */
    active: number;
    /** Called in it. */
    admitted: number;
    /** Turns that ended in it and that nobody had claimed. */
    noShows: number;
    /** The rate that was allowed. */
    target: number;
    /** Half of those called in it had waited so many seconds at most. */
    waitP50: number | null;
    /** Nine in ten of them. */
    waitP90: number | null;
  })[];
};
/** Openings, by their beginning. */
export type Openings = {
  openings: Opening[];
};
/** What a room will be. */
export type WillBe = {
  at: string;
  openingId: string | null;
  room: Room;
};
/** Entries of a log, oldest first. */
export type RoomLog = {
  entries: ({
    /** Its number; later entries have larger ones. */
    entry: number;
    /** When. */
    at: string;
    /** Who; the gate itself where absent. */
    actor: string | null;
    /** What happened. */
    kind: string;
    /** The particulars. */
    detail: unknown;
    /** SHA-256 of the hash before and of this entry's content, in hex. */
    hash: string;
  })[];
};
/** What the chain of a log says of itself. */
export type LogChain = {
  /** How many entries there are. */
  entries: number;
  /** The hash of the last one, in hex; it stands for all of them. */
  head: string | null;
  /** The first entry that does not follow from those before it; absent where all do. */
  brokenAt: number | null;
  /** Whether all entries follow from one another. */
  isIntact: boolean;
};
/** An outcome in JSON; spans are seconds. */
export type Simulation = {
  fans: number;
  called: number;
  admitted: number;
  noShows: number;
  parked: number;
  left: number;
  bought: number;
  stillWaiting: number;
  /** Seconds that those waited who were called. */
  waits: {
    p10: number;
    p50: number;
    p90: number;
    most: number;
  } | null;
  soldOutAfter: number | null;
  lasted: number;
  overshoot: number;
  timeline: {
    at: number;
    waiting: number;
    active: number;
    called: number;
    sold: number;
  }[];
  /** In the room's order. */
  lanes: ({
    name: string;
    share: number;
    fans: number;
    called: number;
    stillWaiting: number;
    oldest: number | null;
    waits: {
      p10: number;
      p50: number;
      p90: number;
      most: number;
    } | null;
    passedOver: number;
    /** In calls. */
    offShare: number;
  })[];
};
/** What the gate would do with the rate, and what that rests on. */
export type Advice = {
  admitPerMinute: number;
  now: number;
  /** 1 is an origin at its limit. */
  strain: number;
  reasons: string[];
  drive: {
    /** The lowest rate. */
    min: number;
    /** The highest. */
    max: number;
    /** Nine in ten answers of the origin shall take at most so many milliseconds. */
    latencyMs: number;
  } | null;
  seen: {
    called: number;
    ended: number;
    waiting: number;
    answers: number;
    errors: number;
    latencyMs: number;
    unpaid: number;
    paid: number;
  };
};
/** What passes by the line of a room, and how often each rule let something through. */
export type BypassRules = {
  rules: {
    /** What its organizer calls it. */
    name: string;
    /** The path is this one. */
    path?: string;
    /** The client asks from this network. */
    network?: string;
    /** The request carries a staff token. */
    staff?: boolean;
    requests: number;
  }[];
  staffTokens: {
    staffTokenId: string;
    label: string;
    expiresAt: string;
  }[];
};
/** What would become of a request. */
export type BypassTest = {
  /** Whether the path takes a pass. */
  guarded: boolean;
  /** The rule that would let it through. */
  rule: string | null;
  /** All rules that match, the first of which counts. */
  matches: string[];
};
/** A staff token. It is told this once. */
export type StaffToken = {
  staffTokenId: string;
  token: string;
  expiresAt: string;
};
/** The answer. */
export type Found = {
  /** The events, best first. */
  events: ({
    eventId: string;
    title: string;
    category: string;
    startsAt: string;
    timeZone: string;
    venue: {
      /** Its name. */
      name: string;
      /** Its city. */
      city: string;
      /** ISO 3166-1 alpha-2. */
      country: string;
      /** Degrees north. */
      latitude: number;
      /** Degrees east. */
      longitude: number;
    };
    performers: string[];
    priceFrom: Money | null;
    availability: 'many' | 'few' | 'none';
    state: 'draft' | 'scheduled' | 'onSale' | 'soldOut' | 'ended' | 'postponed' | 'cancelled';
    highlights: {
      /** title, performer, venue or city. */
      field: string;
      /** All of the name. */
      parts: {
        /** The text, as it is written. */
        text: string;
        /** Whether it was found. */
        hit: boolean;
      }[];
    }[];
  })[];
  /** How many there are on all pages. */
  total: number;
  /** For the next page; none on the last one. */
  cursor: string | null;
  /** Whether nothing was found as it was asked, so that more was looked at. */
  widened: boolean;
  /** What may have been meant, where nothing was found as it was written. */
  suggestion: string | null;
  /** The counts, where they were asked for. */
  facets?: {
    /** By kind, most first. */
    category?: {
      /** The value, as its parameter takes it. */
      value: string;
      /** How many. */
      count: number;
    }[];
    /** By city, most first. */
    city?: {
      /** The value, as its parameter takes it. */
      value: string;
      /** How many. */
      count: number;
    }[];
    /** How many events are in cities that are not listed. */
    otherCities?: number;
    /** By month, in order. */
    month?: {
      /** The value, as its parameter takes it. */
      value: string;
      /** How many. */
      count: number;
    }[];
    /** By price, in order. */
    price?: ({
      /** Of which currency. */
      currency: string;
      /** As price_min takes it. */
      priceMin: string;
      /** As price_max takes it; none for the last. */
      priceMax: string | null;
      /** How many. */
      count: number;
    })[];
  };
  /** Whether a part was away, so that the answer may be older or coarser than usual. */
  degraded: boolean;
};
/** The answer of GET /search/suggest. */
export type Suggestions = {
  /** Events, performers, venues, cities, in this order; of each kind what fits best first. */
  suggestions: ({
    /** What it is. */
    kind: 'event' | 'performer' | 'venue' | 'city';
    /** Its name. */
    text: string;
    /** What tells it from others of the name: venue and day of an event, the city of a venue. */
    detail: string | null;
    /** Where it leads. */
    link: string;
  })[];
};

/** Every call: what goes into its path, its query, its headers and its body, and what it answers. */
export interface Calls {
  /** Makes an account. */
  'POST /account/register': {
    path: {};
    query: {};
    header: {};
    body: {
      email: string;
      password: string;
      name?: string;
    };
    answer: Session;
  };
  /** Signs in. */
  'POST /account/sign-in': {
    path: {};
    query: {};
    header: {};
    body: {
      email: string;
      password: string;
    };
    answer: Session;
  };
  /** The page to sign in. */
  'GET /account/sign-in': {
    path: {};
    query: { next?: string; problem?: string; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page to sign in, for whoever loads anew what was refused. */
  'GET /account/sign-in/form': {
    path: {};
    query: { next?: string; problem?: string; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** The form of that page: signs in or registers without a script. */
  'POST /account/sign-in/form': {
    path: {};
    query: {};
    header: {};
    body: string | undefined;
    answer: undefined;
  };
  /** Sends a browser to a provider who signs it in. */
  'GET /account/oidc/{providerId}': {
    path: { providerId: string; };
    query: { next?: string; };
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The way back from a provider. */
  'GET /account/oidc/{providerId}/callback': {
    path: { providerId: string; };
    query: { state: string; code?: string; iss?: string; error?: string; };
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Goes on as a guest. */
  'POST /account/guest': {
    path: {};
    query: {};
    header: {};
    body: {
      email?: string;
      name?: string;
    };
    answer: Session;
  };
  /** Signs out. */
  'POST /account/sign-out': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Mails a code that signs in. */
  'POST /account/code': {
    path: {};
    query: {};
    header: {};
    body: {
      email: string;
    };
    answer: MailedCode;
  };
  /** Signs in by a code that was mailed. */
  'POST /account/code/sign-in': {
    path: {};
    query: {};
    header: {};
    body: {
      codeId: string;
      code: string;
    };
    answer: Session;
  };
  /** Gives the next pair of tokens for a refresh token. */
  'POST /account/session/refresh': {
    path: {};
    query: {};
    header: {};
    body: {
      refreshToken?: string;
    };
    answer: Session;
  };
  /** Where one is signed in. */
  'GET /account/session': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Sessions;
  };
  /** Signs out there. */
  'DELETE /account/session/{sessionId}': {
    path: { sessionId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Changes the password, and ends every other session. */
  'PUT /account/password': {
    path: {};
    query: {};
    header: {};
    body: {
      current: string;
      password: string;
    };
    answer: undefined;
  };
  /** Ends all sessions of the account. */
  'POST /account/sign-out-everywhere': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** For whom one works. */
  'GET /account/team': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Teams;
  };
  /** One works for them no longer. */
  'DELETE /account/team/{organizerId}': {
    path: { organizerId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Who works for the organizer. */
  'GET /team': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Team;
  };
  /** The keys, without their secrets. */
  'GET /team/key': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Keys;
  };
  /** Makes a key. */
  'POST /team/key': {
    path: {};
    query: {};
    header: {};
    body: {
      name: string;
      permissions: ('look' | 'figures' | 'buyers' | 'catalog' | 'sell' | 'money' | 'codes' | 'room' | 'door' | 'audit')[];
      eventIds?: string[];
      endsAt: string;
    };
    answer: Key;
  };
  /** Is good no longer. */
  'DELETE /team/key/{keyId}': {
    path: { keyId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Has somebody work for the organizer. */
  'POST /team/member': {
    path: {};
    query: {};
    header: {};
    body: {
      email: string;
      role: 'owner' | 'manager' | 'boxOffice' | 'door' | 'viewer';
      eventIds?: string[];
    };
    answer: Member;
  };
  /** Gives them another role. */
  'PUT /team/member/{memberId}': {
    path: { memberId: string; };
    query: {};
    header: {};
    body: {
      role: 'owner' | 'manager' | 'boxOffice' | 'door' | 'viewer';
      eventIds?: string[];
    };
    answer: undefined;
  };
  /** They work for the organizer no longer. */
  'DELETE /team/member/{memberId}': {
    path: { memberId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Who one is. */
  'GET /account': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Account;
  };
  /** A guest says where the tickets go. */
  'PUT /account': {
    path: {};
    query: {};
    header: {};
    body: {
      email: string;
      name?: string;
    };
    answer: Account;
  };
  /** Makes a venue, or changes the one of the same externalId. */
  'POST /venue': {
    path: {};
    query: {};
    header: {};
    body: NewVenue;
    answer: Venue;
  };
  /** A venue. */
  'GET /venue/{venueId}': {
    path: { venueId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Venue;
  };
  /** Changes a venue. */
  'PUT /venue/{venueId}': {
    path: { venueId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: NewVenue;
    answer: Venue;
  };
  /** Removes a venue. */
  'DELETE /venue/{venueId}': {
    path: { venueId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: undefined;
  };
  /** Makes a performer. */
  'POST /performer': {
    path: {};
    query: {};
    header: {};
    body: NewPerformer;
    answer: Performer;
  };
  /** A performer. */
  'GET /performer/{performerId}': {
    path: { performerId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Performer;
  };
  /** Changes a performer. */
  'PUT /performer/{performerId}': {
    path: { performerId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: NewPerformer;
    answer: Performer;
  };
  /** Removes a performer. */
  'DELETE /performer/{performerId}': {
    path: { performerId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: undefined;
  };
  /** The events of the organizer, the newest made first. */
  'GET /event': {
    path: {};
    query: { before?: string; };
    header: {};
    body: undefined;
    answer: Events;
  };
  /** Makes an event with all its tickets. */
  'POST /event': {
    path: {};
    query: {};
    header: {};
    body: NewEvent;
    answer: Event;
  };
  /** An event, and tickets of it that can be had. */
  'GET /event/{eventId}': {
    path: { eventId: string; };
    query: { ticketCursor?: number; };
    header: {};
    body: undefined;
    answer: Event;
  };
  /** Says everything about it anew, but its tickets. */
  'PUT /event/{eventId}': {
    path: { eventId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: ChangedEvent;
    answer: Event;
  };
  /** Removes an event. */
  'DELETE /event/{eventId}': {
    path: { eventId: string; };
    query: {};
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: undefined;
  };
  /** Takes in many events. */
  'POST /event/import': {
    path: {};
    query: {};
    header: {};
    body: {
      rows: Record<string, never>[];
    };
    answer: Imported;
  };
  /** Its seats in the format of pretix. */
  'GET /event/{eventId}/seating-plan': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: SeatingPlan;
  };
  /** The map. */
  'GET /event/{eventId}/seats': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: SeatMap;
  };
  /** The hall as our own pages read it, called by its hash. */
  'GET /event/{eventId}/seats/{plan}': {
    path: { eventId: string; plan: string; };
    query: {};
    header: {};
    body: undefined;
    answer: {
      v: number;
      currency: string;
      unit: number;
      tickets: number;
      tiers: unknown[];
      sections: unknown[];
    };
  };
  /** What can be had. */
  'GET /event/{eventId}/availability': {
    path: { eventId: string; };
    query: { since?: number; };
    header: {};
    body: undefined;
    answer: Availability;
  };
  /** The page of an event. */
  'GET /e/{eventId}': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The form of the page: sets tickets aside, for a guest too. */
  'POST /e/{eventId}': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** Sets tickets aside. */
  'POST /booking/reserve': {
    path: {};
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: Reserve;
    answer: Hold;
  };
  /** One's own hold. */
  'GET /booking/hold/{holdId}': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Hold;
  };
  /** Gives the tickets back. */
  'DELETE /booking/hold/{holdId}': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Lets it last longer. */
  'POST /booking/hold/{holdId}/extend': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Hold;
  };
  /** Gives everything back that one holds of an event. */
  'POST /booking/leave': {
    path: {};
    query: {};
    header: {};
    body: {
      eventId: string;
    };
    answer: undefined;
  };
  /** Claims the tickets and asks the provider. */
  'PUT /booking/confirm': {
    path: {};
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: {
      ticketId: string;
      paymentDetails: {
        provider: 'sandbox' | 'stripe';
        token: string;
      };
      record?: string;
    } | {
      holdId: string;
      paymentDetails: {
        provider: 'sandbox' | 'stripe';
        token: string;
      };
      record?: string;
    };
    answer: Confirmed;
  };
  /** One's own orders, newest first. */
  'GET /order': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Orders;
  };
  /** One's own order. */
  'GET /order/{orderId}': {
    path: { orderId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Order;
  };
  /** Cancels an order that awaits its payment. */
  'DELETE /order/{orderId}': {
    path: { orderId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Leads to the order: what a browser loads anew where the form was refused. */
  'GET /order/{orderId}/cancel': {
    path: { orderId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: cancels an order that awaits its payment. */
  'POST /order/{orderId}/cancel': {
    path: { orderId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** The QR code. */
  'GET /order/{orderId}/ticket/{ticketId}/qr.svg': {
    path: { orderId: string; ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page to pay. */
  'GET /checkout/{holdId}': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** Leads to the checkout: what a browser loads anew where the form was refused. */
  'GET /checkout/{holdId}/pay': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: says where the tickets go, and confirms. */
  'POST /checkout/{holdId}/pay': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** Leads to the checkout: what a browser loads anew where the form was refused. */
  'GET /checkout/{holdId}/extend': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: asks for more time. */
  'POST /checkout/{holdId}/extend': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** Leads to the checkout: what a browser loads anew where the form was refused. */
  'GET /checkout/{holdId}/voucher': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: lays a voucher on, or takes it off. */
  'POST /checkout/{holdId}/voucher': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** Leads to the checkout: what a browser loads anew where the form was refused. */
  'GET /checkout/{holdId}/release': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: gives the tickets back. */
  'POST /checkout/{holdId}/release': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** What is charged beside the face value. */
  'GET /event/{eventId}/charge': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Charges;
  };
  /** Says what is charged. */
  'PUT /event/{eventId}/charge': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      fee?: number;
      feePpm?: number;
      taxPpm?: number;
      taxIncluded?: boolean;
      tiers?: {
        tierId: string;
        fee?: number;
        feePpm?: number;
        taxPpm?: number;
      }[];
    };
    answer: Charges;
  };
  /** The orders of one's event. */
  'GET /event/{eventId}/order': {
    path: { eventId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: Orders;
  };
  /** Gives money back. */
  'POST /order/{orderId}/refund': {
    path: { orderId: string; };
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: {
      reason: string;
      ticketIds?: string[];
    };
    answer: Refund;
  };
  /** Calls an event off. */
  'POST /event/{eventId}/cancel': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      reason: string;
    };
    answer: Cancellation;
  };
  /** How far the refunds are. */
  'GET /event/{eventId}/cancel': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Cancellation;
  };
  /** Every ticket of every order. */
  'GET /event/{eventId}/order.csv': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** What was sold, by day and tier. */
  'GET /event/{eventId}/sales': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: SalesReport;
  };
  /** The same as a table. */
  'GET /event/{eventId}/sales.csv': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** What the provider tells, signed. */
  'POST /payment/callback/sandbox': {
    path: {};
    query: {};
    header: {};
    body: Record<string, never>;
    answer: undefined;
  };
  /** What Stripe tells, signed; where the operator takes payments by Stripe. */
  'POST /payment/callback/stripe': {
    path: {};
    query: {};
    header: {};
    body: Record<string, never>;
    answer: undefined;
  };
  /** The tickets that one holds. */
  'GET /ticket': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Tickets;
  };
  /** A ticket that one holds. */
  'GET /ticket/{ticketId}': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Ticket;
  };
  /** The form of its page: sends the ticket, or takes it back. */
  'POST /ticket/{ticketId}': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: undefined;
  };
  /** The ticket as svg. */
  'GET /ticket/{ticketId}/qr.svg': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The ticket as pdf. */
  'GET /ticket/{ticketId}/ticket.pdf': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: ArrayBuffer;
  };
  /** The ticket as ics. */
  'GET /ticket/{ticketId}/event.ics': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The ticket as pkpass. */
  'GET /ticket/{ticketId}/ticket.pkpass': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: ArrayBuffer;
  };
  /** Sends a ticket to somebody. */
  'POST /ticket/{ticketId}/transfer': {
    path: { ticketId: string; };
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: {
      email: string;
    };
    answer: Transfer;
  };
  /** Takes it back. */
  'DELETE /ticket/{ticketId}/transfer': {
    path: { ticketId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The page to accept a ticket. */
  'GET /ticket/accept': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** Accepts a ticket. */
  'POST /ticket/accept': {
    path: {};
    query: {};
    header: {};
    body: {
      token: string;
    };
    answer: AcceptedTicket;
  };
  /** Whether tickets may be sent. */
  'PUT /event/{eventId}/transfer': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      allowed: boolean;
    };
    answer: undefined;
  };
  /** The keys that codes are signed with. */
  'GET /ticket/key': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: KeySet;
  };
  /** Codes that are worth nothing. */
  'GET /event/{eventId}/revocation': {
    path: { eventId: string; };
    query: { since?: number; };
    header: {};
    body: undefined;
    answer: Revocations;
  };
  /** Whether a code is genuine. */
  'POST /ticket/check': {
    path: {};
    query: {};
    header: {};
    body: {
      code: string;
    };
    answer: Genuine;
  };
  /** Opens a door. */
  'POST /event/{eventId}/door': {
    path: { eventId: string; };
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: {
      name: string;
      hours: number;
    };
    answer: OpenedDoor;
  };
  /** What the doors counted. */
  'GET /event/{eventId}/door': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Doors;
  };
  /** Closes a door. */
  'DELETE /event/{eventId}/door/{doorId}': {
    path: { eventId: string; doorId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The page of those who work at a door. */
  'GET /ticket/scanner': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The door whose session this is. */
  'GET /ticket/door': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: ThisDoor;
  };
  /** What a scanner takes along. */
  'GET /ticket/bundle': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: DoorBundle;
  };
  /** Scans codes. */
  'POST /ticket/scan': {
    path: {};
    query: {};
    header: {};
    body: {
      scans: ({
        scanId: string;
        code: string;
        direction: 'in' | 'out';
        offlineAt?: string;
      })[];
    };
    answer: Scans;
  };
  /** Takes tickets out of the sale. */
  'POST /event/{eventId}/allocation': {
    path: { eventId: string; };
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: {
      kind: 'heldBack' | 'comp' | 'boxOffice';
      label: string;
      ticketIds?: string[];
      tier?: string;
      quantity?: number;
      email?: string;
      paidBy?: 'cash' | 'card';
    };
    answer: Allocated;
  };
  /** What was taken out of the sale. */
  'GET /event/{eventId}/allocation': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Allocations;
  };
  /** Puts seats back that were held back. */
  'DELETE /event/{eventId}/allocation/{orderId}': {
    path: { eventId: string; orderId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Lays a voucher on one's own hold. */
  'PUT /booking/hold/{holdId}/voucher': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: {
      voucher: string;
    };
    answer: Hold;
  };
  /** Takes it off again. */
  'DELETE /booking/hold/{holdId}/voucher': {
    path: { holdId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Hold;
  };
  /** Asks for a refund again that the provider refused. */
  'POST /order/{orderId}/refund/{refundId}/retry': {
    path: { orderId: string; refundId: string; };
    query: {};
    header: { 'Idempotency-Key'?: string; };
    body: undefined;
    answer: Refund;
  };
  /** Imports vouchers. */
  'POST /event/{eventId}/voucher': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      vouchers: ({
        code: string;
        off?: number;
        offPpm?: number;
        price?: number;
        tiers?: string[];
        validUntil?: string;
        uses?: number | 'many';
        perPerson?: number;
        budget?: number;
        label?: string;
      })[];
    };
    answer: CodeReport;
  };
  /** The vouchers, and how far each was used. */
  'GET /event/{eventId}/voucher': {
    path: { eventId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: Vouchers;
  };
  /** Is good no longer. */
  'DELETE /event/{eventId}/voucher/{voucherId}': {
    path: { eventId: string; voucherId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The windows in which tickets are sold with a code. */
  'GET /event/{eventId}/presale': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Presales;
  };
  /** Sets them, all at once. */
  'PUT /event/{eventId}/presale': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      presales: {
        name: string;
        startsAt: string;
        endsAt: string;
        tiers?: string[];
        classes: string[];
      }[];
    };
    answer: Presales;
  };
  /** Imports codes. */
  'POST /event/{eventId}/presale/code': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      codes: ({
        code: string;
        class: string;
        seats?: number | 'many';
        label?: string;
      })[];
    };
    answer: CodeReport;
  };
  /** The codes, and how far each was used. */
  'GET /event/{eventId}/presale/code': {
    path: { eventId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: PresaleCodes;
  };
  /** Nothing more is reserved with it. */
  'DELETE /event/{eventId}/presale/code/{codeId}': {
    path: { eventId: string; codeId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Enters the waitlist. */
  'POST /event/{eventId}/waitlist': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      quantity: number;
      tiers?: string[];
    };
    answer: WaitlistEntry;
  };
  /** One's own entry. */
  'GET /event/{eventId}/waitlist': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: WaitlistEntry;
  };
  /** Leaves. */
  'DELETE /event/{eventId}/waitlist': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Opens the list, or closes it. */
  'PUT /event/{eventId}/waitlist': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: {
      open: boolean;
      offerMinutes?: number;
    };
    answer: Waitlist;
  };
  /** Who is on the list. */
  'GET /event/{eventId}/waitlist/entry': {
    path: { eventId: string; };
    query: { after?: number; };
    header: {};
    body: undefined;
    answer: WaitingPage;
  };
  /** Removes somebody. */
  'DELETE /event/{eventId}/waitlist/entry/{entryId}': {
    path: { eventId: string; entryId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** What was changed, and by whom, the newest first. */
  'GET /audit': {
    path: {};
    query: { event?: string; actor?: string; operation?: string; before?: number; limit?: number; };
    header: {};
    body: undefined;
    answer: AuditPage;
  };
  /** How mails show the organizer. */
  'GET /brand': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Brand;
  };
  /** Says how mails show the organizer. */
  'PUT /brand': {
    path: {};
    query: {};
    header: {};
    body: {
      name?: string | null;
      colour?: string | null;
      replyTo?: string | null;
      footer?: string | null;
    };
    answer: Brand;
  };
  /** Mails that were set aside. */
  'GET /event/{eventId}/mail': {
    path: { eventId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: Mails;
  };
  /** Has one of them sent again. */
  'POST /event/{eventId}/mail/{messageId}/retry': {
    path: { eventId: string; messageId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The webhooks of the organizer. */
  'GET /webhook': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Webhooks;
  };
  /** Makes a webhook. */
  'POST /webhook': {
    path: {};
    query: {};
    header: {};
    body: NewWebhook;
    answer: Webhook;
  };
  /** A webhook. */
  'GET /webhook/{webhookId}': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Webhook;
  };
  /** Changes a webhook. */
  'PUT /webhook/{webhookId}': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: NewWebhook;
    answer: Webhook;
  };
  /** Removes a webhook. */
  'DELETE /webhook/{webhookId}': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Gives it a new secret. */
  'POST /webhook/{webhookId}/secret': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: {
      keepHours?: number;
    };
    answer: Webhook;
  };
  /** Sends a test there. */
  'POST /webhook/{webhookId}/test': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: SentTest;
  };
  /** Sends everything again that did not arrive. */
  'POST /webhook/{webhookId}/replay': {
    path: { webhookId: string; };
    query: {};
    header: {};
    body: {
      since: string;
    };
    answer: Replayed;
  };
  /** What was sent there. */
  'GET /webhook/{webhookId}/delivery': {
    path: { webhookId: string; };
    query: { state?: 'due' | 'delivered' | 'failed'; before?: string; };
    header: {};
    body: undefined;
    answer: Deliveries;
  };
  /** One of them, with its body. */
  'GET /webhook/{webhookId}/delivery/{noticeId}': {
    path: { webhookId: string; noticeId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Delivery;
  };
  /** Sends it again. */
  'POST /webhook/{webhookId}/delivery/{noticeId}/replay': {
    path: { webhookId: string; noticeId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Delivery;
  };
  /** The queue page. */
  'GET /queue/{roomId}': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** What a proof is asked for. */
  'GET /queue/{roomId}/challenge': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Challenge;
  };
  /** Takes a place. */
  'POST /queue/{roomId}/place': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      token?: string;
      code?: string;
      proof?: string;
    } | undefined;
    answer: Taken;
  };
  /** Where one stands. */
  'GET /queue/{roomId}/place': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Frame;
  };
  /** Leaves the line. */
  'DELETE /queue/{roomId}/place': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Makes a party. */
  'POST /queue/{roomId}/party': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Party;
  };
  /** One's own party. */
  'GET /queue/{roomId}/party': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Party;
  };
  /** Joins a party. */
  'POST /queue/{roomId}/party/member': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      party: string;
    };
    answer: JoinedParty;
  };
  /** Asks to be mailed when the turn is near, and when it comes. */
  'PUT /queue/{roomId}/mail': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      email?: string;
    };
    answer: {
      near: boolean;
    };
  };
  /** Asks for no mails. */
  'DELETE /queue/{roomId}/mail': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The form of the page: asks for mails, or with stop for none. */
  'POST /queue/{roomId}/mail': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** What is published of the draw. */
  'GET /queue/{roomId}/draw': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Draw;
  };
  /** The list without identities. */
  'GET /queue/{roomId}/draw/entries': {
    path: { roomId: string; };
    query: { order?: 'id' | 'rank'; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** One's own entry. */
  'GET /queue/{roomId}/draw/receipt': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: DrawReceipt;
  };
  /** How well waiting times were forecast. */
  'GET /queue/{roomId}/forecast': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Calibration;
  };
  /** Claims one's turn. */
  'POST /queue/{roomId}/pass': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: Record<string, never> | undefined;
    answer: Admission;
  };
  /** Exchanges the admission for a pass. */
  'POST /queue/{roomId}/session': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      admissionToken: string;
    };
    answer: EntrySession;
  };
  /** Leaves the shop. */
  'DELETE /queue/{roomId}/session': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** What happened, without identities. */
  'GET /queue/{roomId}/log': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: PublicLog;
  };
  /** Shows a staff token. */
  'POST /queue/{roomId}/staff': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      token: string;
    };
    answer: undefined;
  };
  /** Makes a room. */
  'POST /room': {
    path: {};
    query: {};
    header: {};
    body: {
      eventId: string;
      name: string;
      admitPerMinute: number;
      maxActive: number;
      claimWindow?: string;
      sessionLength?: string;
      interval?: string;
      session?: 'fixed' | 'sliding';
      sessionLongest?: string;
      failure?: 'closed' | 'open';
      order?: 'fifo' | 'draw';
      state?: 'scheduled' | 'lobby' | 'open';
    };
    answer: Room;
  };
  /** One's rooms. */
  'GET /room': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: Rooms;
  };
  /** A room. */
  'GET /room/{roomId}': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Room;
  };
  /** Changes a room. */
  'PUT /room/{roomId}': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      version?: number;
      admitPerMinute?: number;
      maxActive?: number;
      message?: string;
      interval?: string;
      session?: 'fixed' | 'sliding';
      sessionLongest?: string;
      failure?: 'closed' | 'open';
      odds?: 'shown' | 'hidden';
      waitlist?: string;
    };
    answer: RoomOrPreview;
  };
  /** Takes away a room that never opened. */
  'DELETE /room/{roomId}': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: undefined | Preview;
  };
  /** Takes the step "open". */
  'POST /room/{roomId}/open': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "pause". */
  'POST /room/{roomId}/pause': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      reason: string;
    };
    answer: RoomOrPreview;
  };
  /** Takes the step "resume". */
  'POST /room/{roomId}/resume': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "drain". */
  'POST /room/{roomId}/drain': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "reopen". */
  'POST /room/{roomId}/reopen': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "bypass". */
  'POST /room/{roomId}/bypass': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      reason: string;
    };
    answer: RoomOrPreview;
  };
  /** Takes the step "reject". */
  'POST /room/{roomId}/reject': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      reason: string;
    };
    answer: RoomOrPreview;
  };
  /** Takes the step "restore". */
  'POST /room/{roomId}/restore': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "close". */
  'POST /room/{roomId}/close': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Takes the step "lobby". */
  'POST /room/{roomId}/lobby': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** Who may take a place. */
  'GET /room/{roomId}/entry': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Entry;
  };
  /** Says who may. */
  'PUT /room/{roomId}/entry': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      version?: number;
      account?: 'any' | 'registered' | 'organizer';
      code?: boolean;
    };
    answer: RoomOrPreview;
  };
  /** The access codes. */
  'GET /room/{roomId}/code': {
    path: { roomId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: AccessCodes;
  };
  /** Takes in access codes. */
  'POST /room/{roomId}/code': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      codes: {
        code: string;
        lane?: string;
        uses?: unknown;
        label?: string;
      }[];
    };
    answer: CodeReport;
  };
  /** Revokes an access code. */
  'DELETE /room/{roomId}/code/{codeId}': {
    path: { roomId: string; codeId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** The lanes. */
  'GET /room/{roomId}/lane': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Lanes;
  };
  /** Says what lanes there are. */
  'PUT /room/{roomId}/lane': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      lanes: ({
        name: string;
        share: number;
        accounts?: 'any' | 'registered' | 'organizer';
      })[];
      version?: number;
    };
    answer: RoomOrPreview;
  };
  /** What the shield saw. */
  'GET /room/{roomId}/shield': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: ShieldReport;
  };
  /** Sets the shield. */
  'PUT /room/{roomId}/shield': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      version?: number;
      proof?: 'off' | 'observe' | 'enforce';
      joins?: 'off' | 'observe' | 'enforce';
      challenges?: 'off' | 'observe' | 'enforce';
      sockets?: 'off' | 'observe' | 'enforce';
      tabs?: 'off' | 'observe' | 'enforce';
      normal?: number;
      easiest?: number;
      hardest?: number;
      wait?: string;
    };
    answer: RoomOrPreview;
  };
  /** How the pages of a room look. */
  'GET /room/{roomId}/brand': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: RoomBrand;
  };
  /** Gives the pages of a room another look. */
  'PUT /room/{roomId}/brand': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      version?: number;
      look?: string;
      brand?: RoomLook;
    };
    answer: RoomOrPreview;
  };
  /** A link by which a look is seen before fans see it. */
  'POST /room/{roomId}/brand/preview': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      brand?: RoomLook;
      lasts?: string;
    };
    answer: BrandLink;
  };
  /** The pages of a room in the look of a link. */
  'GET /room/{roomId}/brand/preview': {
    path: { roomId: string; };
    query: { token?: string; state?: 'waiting' | 'paused' | 'called' | 'active' | 'lobby' | 'drawing' | 'soldOut' | 'free' | 'ended' | 'entry'; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** Sends a logo for the pages of a room. */
  'POST /room/{roomId}/logo': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: string;
    answer: RoomLogo;
  };
  /** What everybody may know of a room, for pages of other sites. */
  'GET /room/{roomId}/public': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: RoomPublic;
  };
  /** The script that shows a room on a site of its organizer's. */
  'GET /embed/{file}': {
    path: { file: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The numbers of this second. */
  'GET /room/{roomId}/live': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: RoomLive;
  };
  /** Each minute once. */
  'GET /room/{roomId}/history': {
    path: { roomId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: RoomHistory;
  };
  /** The same as a table. */
  'GET /room/{roomId}/history.csv': {
    path: { roomId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** The planned openings. */
  'GET /room/{roomId}/opening': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Openings;
  };
  /** Plans an opening. */
  'POST /room/{roomId}/opening': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      startsAt: string;
      endsAt: string;
      state?: 'open' | 'bypass' | 'reject';
      reason?: string;
      admitPerMinute?: number;
      maxActive?: number;
      message?: string;
    };
    answer: Opening | Preview;
  };
  /** Changes a planned opening. */
  'PUT /room/{roomId}/opening/{openingId}': {
    path: { roomId: string; openingId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      startsAt: string;
      endsAt: string;
      state?: 'open' | 'bypass' | 'reject';
      reason?: string;
      admitPerMinute?: number;
      maxActive?: number;
      message?: string;
    };
    answer: OpeningOrPreview;
  };
  /** Takes a plan away. */
  'DELETE /room/{roomId}/opening/{openingId}': {
    path: { roomId: string; openingId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: undefined | Preview;
  };
  /** What will hold at an instant. */
  'GET /room/{roomId}/preview': {
    path: { roomId: string; };
    query: { at: string; };
    header: {};
    body: undefined;
    answer: WillBe;
  };
  /** The log. */
  'GET /room/{roomId}/log': {
    path: { roomId: string; };
    query: { after?: number; };
    header: {};
    body: undefined;
    answer: RoomLog;
  };
  /** The whole log. */
  'GET /room/{roomId}/log.csv': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** Works the chain of the log out again. */
  'GET /room/{roomId}/log/chain': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: LogChain;
  };
  /** Plays a scenario. */
  'POST /room/{roomId}/simulate': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      arrivals: {
        kind: 'burst';
        fans: number;
        over: string;
      } | {
        kind: 'poisson';
        perMinute: number;
        over: string;
      };
      seed?: number;
      admitPerMinute?: number;
      maxActive?: number;
      tickets?: number;
      longest?: string;
    };
    answer: Simulation;
  };
  /** The rate that the origin can bear. */
  'GET /room/{roomId}/advice': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Advice;
  };
  /** Lets the rate be set as advised. */
  'PUT /room/{roomId}/drive': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      min: number;
      max: number;
      latencyMs?: number;
    };
    answer: RoomOrPreview;
  };
  /** The rate is the organizer's again. */
  'DELETE /room/{roomId}/drive': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** How well waiting times were forecast so far. */
  'GET /room/{roomId}/forecast': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: Calibration;
  };
  /** What passes by the line. */
  'GET /room/{roomId}/bypass/rules': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: BypassRules;
  };
  /** Says what passes by the line. */
  'PUT /room/{roomId}/bypass/rules': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      rules: {
        name: string;
        path?: string;
        network?: string;
        staff?: boolean;
      }[];
    };
    answer: RoomOrPreview;
  };
  /** Which rule lets a request through. */
  'POST /room/{roomId}/bypass/test': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      path: string;
      address: string;
      staff?: boolean;
    };
    answer: BypassTest;
  };
  /** Makes a staff token. */
  'POST /room/{roomId}/staff-token': {
    path: { roomId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: {
      label: string;
      lasts?: string;
    };
    answer: StaffToken | Preview;
  };
  /** Revokes a staff token. */
  'DELETE /room/{roomId}/staff-token/{staffTokenId}': {
    path: { roomId: string; staffTokenId: string; };
    query: { preview?: boolean; };
    header: { 'If-Match'?: string; };
    body: undefined;
    answer: RoomOrPreview;
  };
  /** The gate's public keys. */
  'GET /.well-known/jwks.json': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: KeySet;
  };
  /** Frames of one's place as they come. */
  'GET /queue/{roomId}/live': {
    path: { roomId: string; };
    query: { after?: string; };
    header: {};
    body: undefined;
    answer: Frame | undefined;
  };
  /** The page to enter by a code or a party. */
  'GET /queue/{roomId}/entry': {
    path: { roomId: string; };
    query: { party?: string; };
    header: {};
    body: undefined;
    answer: string;
  };
  /** The button of the page: claims the turn and goes in. */
  'POST /queue/{roomId}/enter': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** The form of the page: a place by a code, or in a party. */
  'POST /queue/{roomId}/join': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** The button of the page: leaves the line. */
  'POST /queue/{roomId}/leave': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: string | undefined;
    answer: string;
  };
  /** The page of organizers. */
  'GET /console': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of one room. */
  'GET /console/room/{roomId}': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of how one event sells. */
  'GET /console/event/{eventId}': {
    path: { eventId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of webhooks. */
  'GET /console/webhooks': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of who works for the organizer. */
  'GET /console/team': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of who changed what. */
  'GET /console/audit': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** The page of who changed what. */
  'GET /console/demo': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** Says what the named public value turned out to be. */
  'POST /room/{roomId}/beacon': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: {
      value: string;
    };
    answer: Draw;
  };
  /** The numbers of this second, each second. */
  'GET /room/{roomId}/live/stream': {
    path: { roomId: string; };
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** This document. */
  'GET /openapi.json': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: {
      [name: string]: unknown;
    };
  };
  /** The reference. */
  'GET /docs': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
  /** To what to do about a problem of this kind. */
  'GET /problems/{kind}': {
    path: { kind: string; };
    query: {};
    header: {};
    body: undefined;
    answer: undefined;
  };
  /** Finds events. */
  'GET /search': {
    path: {};
    query: { token?: string; location?: string; date?: string; category?: string; performer?: string; venue?: string; currency?: string; price_min?: string; price_max?: string; available?: boolean; sort?: 'relevance' | 'date' | 'distance' | 'price' | 'popularity'; facets?: string; cursor?: string; limit?: number; };
    header: {};
    body: undefined;
    answer: Found;
  };
  /** What may be meant by what is typed so far. */
  'GET /search/suggest': {
    path: {};
    query: { token: string; limit?: number; };
    header: {};
    body: undefined;
    answer: Suggestions;
  };
  /** The home page. */
  'GET /': {
    path: {};
    query: {};
    header: {};
    body: undefined;
    answer: string;
  };
}

/** The calls that may be sent twice under one `Idempotency-Key`. */
export const KEYED: ReadonlySet<string> = new Set<keyof Calls>([
  'POST /booking/reserve',
  'PUT /booking/confirm',
  'POST /order/{orderId}/refund',
  'POST /ticket/{ticketId}/transfer',
  'POST /event/{eventId}/door',
  'POST /event/{eventId}/allocation',
  'POST /order/{orderId}/refund/{refundId}/retry',
]);
