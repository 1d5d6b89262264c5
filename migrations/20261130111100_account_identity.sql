-- Who signs in by another provider. Owner: booking-api.
create table account_identity (
    -- To the letter: two spellings of an issuer are two issuers.
    issuer text not null check (length(issuer) between 1 and 2000),
    -- The provider's own name for somebody, which it gives to nobody else.
    subject text not null check (length(subject) between 1 and 255),
    account_id uuid not null references account,
    linked_at timestamptz not null,
    primary key (issuer, subject)
);
create index account_identity_account on account_identity (account_id);

-- Since when it is known that whoever has the account reads what is mailed to its address.
alter table account add column email_proven_at timestamptz;
