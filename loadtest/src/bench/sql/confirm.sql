\set ticket random(1, 50000)
begin;
select version from floor_ticket where ticket_id = :ticket for update;
update floor_ticket set version = version + 1 where ticket_id = :ticket;
insert into floor_order (ticket_id, body) values (:ticket, 'an order as long as a usual one, with names and prices');
insert into floor_outbox (body) values ('a message as long as a usual one, with an address and a title');
end;
