-- table: fractions
cast(d as string)
cast(f as string)
cast(f as double)
cast(d as float)
cast(cast(d as float) as string)
cast(cast(d as string) as double) <=> d
cast(cast(f as string) as float) <=> f
cast(d as int)
cast(d as bigint)
cast(f as smallint)
cast(array(d) as string)
cast(map('d', d, 'f', f) as string)
to_json(named_struct('d', d, 'f', f))
round(d, 2)
round(f, 1)
bround(d, 3)
d * 3
d / 3
d + 0.1D
f + f
f * f
d % 1
-d
floor(d)
ceil(d)
concat(d, '')
d = f
-- table: instants
cast(ts as string)
cast(ts as date)
cast(ts as bigint)
cast(ts as double)
cast(cast(ts as string) as timestamp) = ts
date_format(ts, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS")
concat(ts, '')
to_json(named_struct('t', ts))
unix_millis(ts)
year(ts)
dayofweek(ts)
weekofyear(ts)
date_trunc('week', ts)
date_trunc('hour', ts)
from_utc_timestamp(ts, 'America/Sao_Paulo')
to_utc_timestamp(ts, 'Europe/London')
ts + interval 1 month
ts - interval 1 year
ts + interval '0.000001' second
months_between(ts, timestamp '2000-01-31 00:00:00')
last_day(ts)
extract(second from ts)
