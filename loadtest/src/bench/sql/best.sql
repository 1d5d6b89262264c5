update floor_ticket set is_free = false, version = version + 1
where ticket_id = (select ticket_id from floor_ticket where is_free order by ticket_id limit 1 for update skip locked);
