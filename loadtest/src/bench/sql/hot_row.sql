update floor_counter set free = free - 1 where counter_id = 1 and free > 0;
