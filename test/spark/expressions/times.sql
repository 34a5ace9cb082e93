-- table: times
year(d)
year(ts)
month(d)
day(d)
dayofmonth(ts)
dayofweek(d)
weekday(d)
dayofyear(d)
weekofyear(d)
quarter(d)
hour(ts)
minute(ts)
second(ts)
monthname(d)
dayname(d)
last_day(d)
next_day(d, 'MO')
next_day(d, 'sunday')
next_day(d, 'Wed')
next_day(d, 'xx')
date_add(d, n)
date_sub(d, n)
dateadd(d, 1)
d + n
d - n
add_months(d, n)
add_months(d, 1)
months_between(ts, us)
months_between(d, q)
months_between(d, q, false)
datediff(d, q)
date_diff(q, d)
d - q
ts - us
ts - d
trunc(d, 'year')
trunc(d, 'quarter')
trunc(d, 'mm')
trunc(d, 'week')
trunc(d, 'day')
trunc(ts, 'MON')
date_trunc('year', ts)
date_trunc('quarter', ts)
date_trunc('month', ts)
date_trunc('week', ts)
date_trunc('DAY', ts)
date_trunc('hour', ts)
date_trunc('minute', ts)
date_trunc('second', ts)
date_trunc('millisecond', ts)
date_trunc('microsecond', ts)
date_trunc('decade', ts)
date_trunc('hour', d)
date_format(ts, 'yyyy-MM-dd HH:mm:ss.SSS')
date_format(ts, 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS')
date_format(ts, 'yy M d H h k K m s S a')
date_format(ts, 'EEE EEEE MMM MMMM')
date_format(ts, 'D DDD Q QQ QQQ q')
date_format(ts, 'G VV z XXX xxx Z O')
date_format(d, 'dd/MM/yyyy')
date_format(ts, 'E, d MMM y')
unix_timestamp(ts)
unix_timestamp(d)
to_unix_timestamp(ts)
unix_seconds(ts)
unix_millis(ts)
unix_micros(ts)
unix_date(d)
date_from_unix_date(n)
timestamp_seconds(n)
timestamp_millis(n)
timestamp_micros(n)
from_unixtime(n)
from_unixtime(unix_seconds(ts), 'yyyy-MM-dd HH:mm')
to_date(ts)
to_timestamp(d)
make_date(year(d), month(d), n)
make_timestamp(year(d), month(d), day(d), hour(ts), minute(ts), 1.5D)
extract(year from ts)
extract(month from d)
extract(second from ts)
extract(week from d)
extract(dow from d)
extract(doy from d)
extract(yearofweek from d)
date_part('year', ts)
date_part('seconds', ts)
date_part('epoch', ts)
datepart('month', d)
ts + interval 1 day
ts - interval 1 hour
ts + interval 1 month
ts - interval 1 year
d + interval 1 month
d - interval 1 month
d + interval 1 day
d + interval 1 hour
d + interval '1-2' year to month
d + interval 1 week
n * interval 1 day
interval 1 day * n
interval 1 month * n
ts + n * interval 1 hour
ts + make_interval(0, 1, 0, 1)
ts + make_dt_interval(1, 2, 3, 4.5D)
d + make_ym_interval(1, n)
timestampadd(hour, n, ts)
timestampadd(month, 1, ts)
timestampadd(week, -1, d)
timestampdiff(day, ts, us)
timestampdiff(month, ts, us)
timestampdiff(hour, us, ts)
date_add(month, 1, d)
datediff(month, d, q)
dateadd(day, n, ts)
from_utc_timestamp(ts, 'Europe/Amsterdam')
from_utc_timestamp(us, 'America/New_York')
from_utc_timestamp(ts, '+05:30')
to_utc_timestamp(ts, 'Europe/Amsterdam')
to_utc_timestamp(us, 'Europe/Amsterdam')
to_utc_timestamp(ts, 'Asia/Kolkata')
convert_timezone('Europe/Amsterdam', 'America/New_York', cast(ts as timestamp_ntz))
ts between us and us + interval 1 day
ts < d
window_time(ts)
-- table: one
date '2026-01-31' + interval 1 month
date '2024-02-29' + interval 1 year
date '2024-01-31' + interval '1' month
date '2024-03-31' - interval 1 month
timestamp '2024-01-31 10:00:00' + interval 1 month
timestamp '2024-01-31 10:00:00' + interval 1 month 1 day
timestamp '2026-03-28 02:30:00' + interval 1 day
interval 1 day
interval 1 day 2 hours
interval '1 02:03:04' day to second
interval '1 02:03:04.123456' day to second
interval '02:03' hour to minute
interval '90' minute
interval '-5' hour
interval -5 hour
- interval 5 hours
interval 1 month
interval 2 years 3 months
interval '1-2' year to month
interval '-1-2' year to month
interval 1 week
interval 1 millisecond
interval 1 microsecond
interval 1.5 seconds
interval '1.5' second
interval 1 month 1 day
interval '1 day'
interval '1 day 2 hours'
interval 'x'
interval '25' hour to minute
interval 1 day + interval 2 hours
interval 1 day - interval 25 hours
interval 1 month + interval 1 year
interval 1 month + interval 1 day
interval 1 day * 2
interval 1 day * 1.5D
1.5D * interval 1 hour
interval 1 day / 2
interval 1 day / 0
interval 1 year / 5
interval 1 month * 1.5D
interval 1 month / 2
- interval 1 month
+ interval 1 day
abs(interval -1 day)
abs(interval -1 month)
sign(interval -1 day)
interval 1 day = interval 24 hours
interval 1 day < interval 25 hours
interval 1 year = interval 12 months
interval 1 day = interval 1 month
interval 1 day in (interval 24 hours)
greatest(interval 1 day, interval 30 hours)
cast(interval 1 day as string)
cast(interval 90 minutes as string)
cast(interval '1 02:03:04.5' day to second as string)
cast(interval -1 hour as string)
cast(interval 2 years 3 months as string)
cast(interval 1 month as string)
cast(interval -13 months as string)
cast(interval 1 second as string)
cast(interval '10' second as string)
cast('1' as interval day)
cast('1 02:03:04' as interval day to second)
cast('INTERVAL \'1\' DAY' as interval day)
cast('1-2' as interval year to month)
cast(interval 90 minutes as int)
cast(interval '90' minute as int)
cast(interval '5' day as bigint)
cast(interval '1-2' year to month as interval month)
cast(timestamp '2026-01-02' - timestamp '2026-01-01' as string)
cast(date '2026-01-02' - date '2026-01-01' as string)
timestamp '2026-01-02 12:00:00' - timestamp '2026-01-01'
timestamp '2026-01-01' - timestamp '2026-01-02 12:00:00.5'
date '2026-03-01' - date '2026-02-01'
date '2026-01-01' - timestamp '2025-12-31 12:00:00'
extract(day from interval '1 02:03:04.5' day to second)
extract(hour from interval '1 02:03:04.5' day to second)
extract(second from interval '1 02:03:04.5' day to second)
extract(month from interval '1-2' year to month)
extract(year from interval '1-2' year to month)
extract(year from interval 1 day)
make_interval(1, 2, 3, 4, 5, 6, 7.5)
make_dt_interval(1, 12, 30, 1.001)
make_dt_interval()
make_ym_interval(1, 2)
make_ym_interval(0, -1)
make_ym_interval(178956970, 8)
try_make_interval(1)
make_date(2026, 1, 31)
make_date(2026, 2, 30)
make_date(2026, 13, 1)
make_date(null, 1, 1)
make_date(0, 1, 1) < date '0001-01-01'
make_timestamp(2026, 1, 31, 12, 7, 5.5)
make_timestamp(2026, 1, 31, 12, 7, 60)
make_timestamp(2026, 1, 31, 24, 0, 0)
make_timestamp(2026, 1, 31, 12, 7, 60.5)
make_timestamp(2026, 7, 31, 12, 7, 5, 'Europe/Amsterdam')
make_timestamp(null, 7, 31, 12, 7, 5)
try_make_timestamp(2026, 13, 31, 12, 7, 5)
to_date('2026-01-31')
to_date('2026-01-31 10:00:00')
to_date('31/01/2026', 'dd/MM/yyyy')
to_date('2026-02-30')
to_date('20260131', 'yyyyMMdd')
to_date('Jan 31, 2026', 'MMM d, yyyy')
to_date('31/01/26', 'dd/MM/yy')
to_date('x', 'yyyy')
to_date('2026-01-31x', 'yyyy-MM-dd')
to_date(null)
to_date('2026', 'yyyy')
to_date('2026-031', 'yyyy-DDD')
try_to_date('x')
to_timestamp('2026-01-31 12:07:05')
to_timestamp('2026-01-31')
to_timestamp('31.01.2026 12:07', 'dd.MM.yyyy HH:mm')
to_timestamp('2026-01-31T12:07:05.123Z', "yyyy-MM-dd'T'HH:mm:ss.SSSX")
to_timestamp('2026-01-31 12:07:05 +02:00', 'yyyy-MM-dd HH:mm:ss XXX')
to_timestamp('2026-01-31 12:07:05 Europe/Paris', 'yyyy-MM-dd HH:mm:ss VV')
to_timestamp('01:30 PM', 'hh:mm a')
to_timestamp('31/1/2026 1:2:3', 'd/M/y H:m:s')
to_timestamp('2026-01-31 12:07:05.1', 'yyyy-MM-dd HH:mm:ss.SSS')
to_timestamp('2026-01-31 12:07:05.12345', 'yyyy-MM-dd HH:mm:ss[.SSSSSS]')
to_timestamp('2026-01-31 25:00:00', 'yyyy-MM-dd HH:mm:ss')
to_timestamp('x')
to_timestamp('x', 'yyyy')
to_timestamp('2026', 'YYYY')
to_timestamp('Saturday, January 31, 2026', 'EEEE, MMMM d, yyyy')
try_to_timestamp('x')
try_to_timestamp('x', 'yyyy')
try_to_timestamp('2026-01-31', 'yyyy-MM-dd')
date_format(date '2026-01-31', 'y')
date_format('2026-01-31', 'yyyy')
date_format(timestamp '2026-01-31 00:30:00', 'h:mm a')
date_format(timestamp '2026-01-31 12:07:05.123456', 'SSSSSS')
date_format(timestamp '2026-01-31 12:07:05.123456', 'SSSSSSSSS')
date_format(timestamp '2026-01-31', 'MMMMM')
date_format(timestamp '2026-01-31', 'LLL LLLL')
date_format(timestamp '2026-01-31', '\'quoted\' yyyy \'\'')
date_format(timestamp '2026-01-31', 'YYYY')
date_format(timestamp '2026-01-31', 'e')
date_format(timestamp '2026-01-31', 'F')
date_format(timestamp '2026-01-31', 'bad pattern')
date_format(timestamp '2026-01-31', '')
date_format(null, 'yyyy')
date_trunc('nope', timestamp '2026-01-31')
date_trunc('yyyy', timestamp '2026-05-31')
date_trunc('mon', timestamp '2026-05-31')
date_trunc('dd', timestamp '2026-05-31 10:00:00')
date_trunc(null, timestamp '2026-05-31')
date_trunc('week', timestamp '2026-02-01 10:00:00')
trunc(date '2026-05-31', 'nope')
trunc('2026-05-31', 'MONTH')
trunc(date '2026-05-31', 'yy')
unix_timestamp('2026-01-31 12:07:05')
unix_timestamp('31/01/2026', 'dd/MM/yyyy')
unix_timestamp('x')
unix_timestamp(timestamp '1969-12-31 23:59:59.5')
unix_seconds(timestamp '1969-12-31 23:59:59.5')
unix_millis(timestamp '1969-12-31 23:59:59.9995')
from_unixtime(0)
from_unixtime(-1)
from_unixtime(1769861225, 'dd/MM/yyyy HH:mm:ss')
timestamp_seconds(1.5D)
timestamp_seconds(1230219000)
timestamp_millis(-1)
timestamp_micros(-1)
timestamp_seconds(null)
date_from_unix_date(-1)
months_between('2026-03-31', '2026-02-28')
months_between('1997-02-28 10:30:00', '1996-10-30')
months_between('1997-02-28 10:30:00', '1996-10-30', false)
months_between('2026-01-15', '2026-01-31')
months_between(null, '2026-01-01')
add_months('2016-08-31', 1)
add_months(date '2024-02-29', 12)
add_months(date '2024-02-29', -12)
date_add('2026-01-31', 1)
date_add('2026-01-31', 1.5D)
date_add(timestamp '2026-01-31 23:00:00', 1)
date_sub('2026-01-01', 1)
date_add('x', 1)
date_add(date '2026-01-01', '2')
datediff('2009-07-31', '2009-07-30')
datediff('2009-07-30', timestamp '2009-07-31 23:00:00')
last_day('2009-01-12')
last_day(date '2024-02-01')
next_day('2015-01-14', 'TU')
next_day('2015-01-14', null)
weekofyear('2008-02-20')
weekofyear(date '2021-01-03')
weekofyear(date '2020-12-31')
dayofweek('2009-07-30')
weekday('2009-07-30')
dayofyear('2016-04-09')
quarter('2016-08-31')
hour('2009-07-30 12:58:59')
minute('2009-07-30 12:58:59')
second('2009-07-30 12:58:59.7')
hour(date '2026-01-01')
year('x')
extract(century from date '2026-01-31')
extract(seconds from timestamp '2026-01-31 12:07:05.123456')
extract(dayofweek_iso from date '2026-02-01')
extract(nope from date '2026-01-31')
date_part('week', timestamp '2019-08-12 01:00:00.123456')
date_part('doy', date '2019-08-12')
date_part('SECONDS', timestamp '2019-10-01 00:00:01.000001')
from_utc_timestamp('2016-08-31', 'Asia/Seoul')
to_utc_timestamp('2016-08-31', 'Asia/Seoul')
from_utc_timestamp(timestamp '2026-03-29 01:00:00', 'Europe/Amsterdam')
to_utc_timestamp(timestamp '2026-03-29 02:30:00', 'Europe/Amsterdam')
to_utc_timestamp(timestamp '2026-10-25 02:30:00', 'Europe/Amsterdam')
from_utc_timestamp(timestamp '2026-01-01', 'PST')
from_utc_timestamp(timestamp '2026-01-01', 'nope')
from_utc_timestamp(timestamp '1800-01-01', 'Europe/Amsterdam')
from_utc_timestamp(null, 'UTC')
timestampadd(quarter, 1, timestamp '2026-01-31 10:00:00')
timestampadd(microsecond, 5, timestamp '2026-01-31 10:00:00')
timestampdiff(month, date '2021-02-28', date '2021-03-27')
timestampdiff(month, timestamp '2022-02-28 10:00:00', timestamp '2022-03-28 09:59:59')
timestampdiff(year, date '2000-02-29', date '2001-02-28')
timestampdiff(quarter, date '2026-01-01', date '2026-12-31')
timestampdiff(second, timestamp '2026-01-01', timestamp '2026-01-01 00:00:01.9')
timestampdiff(minute, timestamp '2026-01-01 00:01:00', timestamp '2026-01-01')
date '2026-01-31' > '2026-01-30'
date '2026-01-01' + interval 1 hour
date '2026-01-01' + interval '25' hour
date '2026-01-01' + interval '1 00' day to hour
interval 1 day + date '2026-01-01'
interval 1 hour + timestamp '2026-01-01'
timestamp '2026-01-01' + 1
timestamp '2026-01-01' - interval 1 month
typeof(interval 1 day)
typeof(interval 1 day 2 hours)
typeof(interval 1 month)
typeof(interval '1 02:03:04' day to second)
typeof(timestamp '2026-01-02' - timestamp '2026-01-01')
typeof(date '2026-01-02' - date '2026-01-01')
typeof(interval 1 day * 2)
typeof(date '2026-01-01' + interval 1 hour)
typeof(interval 1 month + interval 1 year)
dayname(date '2026-01-31')
monthname('2026-01-31')
current_timezone()
to_timestamp_ltz('2026-01-31 12:07:05')
to_timestamp_ltz('31/01/2026', 'dd/MM/yyyy')
make_timestamp_ltz(2026, 1, 31, 12, 7, 5.5D)
make_timestamp_ltz(2026, 13, 31, 12, 7, 5.5D)
try_make_timestamp_ltz(2026, 13, 31, 12, 7, 5.5D)
try_make_timestamp_ltz(2026, 1, 31, 12, 7, 5.5D)
try_make_timestamp(2026, 1, 31, 12, 7, 5.5D)
try_to_date('2026-01-31')
try_to_date('31/01/2026', 'dd/MM/yyyy')
try_to_date('2026-02-30')
date(timestamp '2026-01-31 12:07:05')
current_timestamp() = now()
now() >= timestamp '2026-01-01 00:00:00'
current_date() = date(now())
current_date = curdate()
localtimestamp() is not null
unix_timestamp() = unix_seconds(now())
