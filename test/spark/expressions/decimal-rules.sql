-- table: one
0.0
.5
5.
007.50
0.10
1.5e1
1.5e1BD
1e3BD
12e-3BD
1BD
0BD
100BD
99999999999999999999
-99999999999999999999
9223372036854775808
12345678901234567890123456789012345678
123456789012345678901234567890123456789
0.12345678901234567890123456789012345678
typeof(0.0)
typeof(0.001)
typeof(.5)
typeof(5.)
typeof(100BD)
typeof(1e3BD)
cast('1' as decimal)
cast('1' as dec(3))
cast('1' as numeric(5, 1))
cast('1' as decimal(39, 0))
cast('1' as decimal(3, 5))
cast(' 1.5 ' as decimal(5, 2))
cast('+1.5' as decimal(5, 2))
cast('.5' as decimal(5, 2))
cast('5.' as decimal(5, 2))
cast('.' as decimal(5, 2))
cast('' as decimal(5, 2))
cast('1e2' as decimal(5, 2))
cast('1.5E-1' as decimal(5, 2))
cast('1e40' as decimal(38, 0))
cast('1e-40' as decimal(38, 10))
cast('1_000' as decimal(5, 0))
cast('1,000' as decimal(5, 0))
cast('NaN' as decimal(5, 2))
cast('1.5d' as decimal(5, 2))
cast('-0.005' as decimal(5, 2))
cast('-0.004' as decimal(5, 2))
cast('0.125' as decimal(5, 2))
cast('999.995' as decimal(5, 2))
try_cast('999.995' as decimal(5, 2))
try_cast('abc' as decimal(5, 2))
cast(0.1D as decimal(20, 18))
cast(float('0.1') as decimal(20, 10))
cast(1e300D as decimal(38, 0))
cast(1e-300D as decimal(38, 38))
cast(double('NaN') as decimal(5, 2))
cast(double('Infinity') as decimal(5, 2))
try_cast(double('NaN') as decimal(5, 2))
coalesce(cast(double('NaN') as decimal(5, 2)), 1.00)
cast(2.5D as decimal(1, 0))
cast(-2.5D as decimal(1, 0))
cast(false as decimal(1, 1))
cast(true as decimal(1, 1))
cast(127Y as decimal(3, 0))
cast(127Y as decimal(3, 1))
cast(timestamp '2026-01-31 12:07:05.123456' as decimal(20, 6))
cast(timestamp '2026-01-31 12:07:05.123456' as decimal(12, 2))
cast(timestamp '2026-01-31 12:07:05' as decimal(5, 0))
cast(date '2026-01-31' as decimal(10, 0))
cast(interval '1.5' second as decimal(10, 3))
cast(interval '36' hour as decimal(10, 0))
cast(interval '3' month as decimal(3, 0))
cast(interval '3' year as decimal(3, 1))
cast(1.5 as interval second)
cast(2.5 as interval month)
cast(1.25 as interval hour)
cast(99.9 as tinyint)
cast(-128.9 as tinyint)
cast(128.0 as tinyint)
cast(2147483648.0 as int)
cast(-2147483648.9 as int)
cast(99999999999.5 as bigint)
cast(99999999999999999999 as bigint)
try_cast(128.0 as tinyint)
cast(0.00 as boolean)
cast(-0.01 as boolean)
cast(123.456 as decimal(4, 1))
cast(123.456 as decimal(3, 1))
try_cast(123.456 as decimal(3, 1))
cast(9.99 as decimal(2, 1))
cast(0.5 as decimal(1, 0))
cast(-0.5 as decimal(1, 0))
cast(1.5 as float)
cast(0.1 as float)
cast(12345678901234567890.5 as double)
cast(12345678901234567890123 as float)
cast(1.5 as binary)
cast(1.5 as date)
cast(-1.9999999 as timestamp)
cast(0.0000001 as string)
cast(100BD as string)
cast(-0.0 as string)
cast(array(1.50, 2) as string)
cast(named_struct('a', 1.50) as string)
cast(map(1.50, 0.1) as string)
cast(array('1.255', '7') as array<decimal(3, 2)>)
cast(array(1.255, 7) as array<int>)
try_cast(array('1.255', 'x') as array<decimal(3, 2)>)
concat(1.50, 'x')
1.50 || ''
1.5 + 1Y
1.5 + 1S
1.5 + 1L
1.5 + cast(1 as int)
1.5 + cast(1 as bigint)
1.5 + one
1.5 + null
1.5 + '1'
1.5 * '2'
1.5 / '2'
'3' - 1.5
1.5 + true
1.5 + date '2026-01-01'
1.5 & 1
~1.5
2 * 1.25
100 - 0.01
1 + 2 + 0.5
-1.5 - -1.5
cast(1 as decimal(38, 0)) + cast(1 as decimal(38, 0))
cast(1 as decimal(38, 18)) + cast(1 as decimal(38, 0))
cast(1 as decimal(38, 18)) + cast(1 as decimal(38, 18))
cast(1 as decimal(30, 20)) - cast(1 as decimal(30, 5))
cast(1 as decimal(38, 18)) * cast(1 as decimal(38, 18))
cast(1.23456789 as decimal(20, 10)) * cast(9.87654321 as decimal(20, 10))
cast('12345678901234.123456789' as decimal(38, 18)) * cast('98765.987654321' as decimal(38, 18))
cast('99999999999999999999' as decimal(38, 0)) * cast('99999999999999999999' as decimal(38, 0))
cast('9999999999999999999' as decimal(38, 0)) * cast('9999999999999999999' as decimal(38, 0))
cast('0.12345678901234567890' as decimal(38, 20)) * cast('0.98765432109876543210' as decimal(38, 20))
cast(1 as decimal(38, 18)) / cast(3 as decimal(38, 18))
cast(2 as decimal(38, 0)) / cast(3 as decimal(38, 0))
cast(1 as decimal(38, 37)) / cast(3 as decimal(38, 0))
cast(1 as decimal(5, 2)) / cast(3 as decimal(5, 2))
cast(2 as decimal(5, 2)) / cast(-3 as decimal(5, 2))
cast(1 as decimal(10, 0)) / 7
one / 3.0
one / 3BD
10 / 4BD
1.0 / 0.0
1.0 / 0
1.0 % 0
1.0 / null
7.5 % 2.25
-7.5 % 2.25
7.5 % -2.25
10 % 2.5
1.23 % 0.1
mod(7.5, 2)
pmod(-7.5, 2)
pmod(7.5, -2)
pmod(-7.5, 2.25)
pmod(-7, 2.5)
pmod(1.5, 0)
7.5 div 2
-7.5 div 2
7 div 2.5
99999999999999999999 div 1.5
1.5 div 0
try_add(1.5, 2)
try_add(cast('99999999999999999999999999999999999999' as decimal(38, 0)), 1)
try_subtract(1.5, 2.25)
try_multiply(1.5, 2.25)
try_divide(1.5, 0)
try_divide(1.5, 3)
try_mod(1.5, 0)
1.5 = 1.500
1.5 <=> 1.50
1.5 <=> null
1.5 <> 1
2.0 > 1.99
-1.5 < -1.25
1.5 >= 1.5D
1.5 = '1.50'
1.5 = 'x'
1.5 = true
1.10 = float('1.1')
0.1 = 0.1D
cast('0.10000000000000000000000000000000000001' as decimal(38, 38)) = 1
cast(1 as decimal(38, 0)) = 1.5
1.5 between 1 and 2
1.5 not between 1.50 and 2
1.5 in (1, 2)
1.5 in (1, 1.50, null)
1.5 in (2, null)
1.5 in ('1.5')
1.5 in (1.5D, 3)
greatest(1.5, 2.25, 1)
least(1.5, null, 0.25)
greatest(1.5, 2D)
coalesce(1.5, 2D)
coalesce(null, 1.5)
ifnull(null, 1.50)
nvl2(1, 1.5, 2.25)
nullif(1.50, 1.5)
nullif(1.50, 1)
nullifzero(0.00)
zeroifnull(cast(null as decimal(5, 2)))
if(false, 1.5, 10)
case when true then 1.5 when false then 2.25 end
case 1.50 when 1.5 then 'same' else 'other' end
array(1.5, 2D)
array(1.5, null, '2')
map(1.5, 2, 2.25, 3)
map('a', 1.5, 'b', 10)
named_struct('a', 1.50, 'b', 2)
array(1.5, 10)[0]
element_at(array(1.5, 2.25), -1)
element_at(map('a', 1.5), 'a')
map(1.5, 'a')[1.5]
array_contains(array(1.5, 2.0), 2)
array_contains(array(1, 2), 1.0)
array_position(array(1.5, 2.0), 2.0)
array_max(array(1.5, 10.25, 3))
array_min(array(1.5, 10.25, 3))
sort_array(array(1.5, 10.25, 3), false)
array_sort(array(1.5, 10.25, -3))
array_distinct(array(1.5, 1.50, 2))
array_union(array(1.5), array(1.50, 2.25))
array_intersect(array(1.5, 2), array(1.50, 7))
array_except(array(1.5, 2.0), array(1.50))
array_remove(array(1.5, 2.0), 1.50)
array_append(array(1.5), 2.25)
array_join(array(1.50, 2), ',')
arrays_overlap(array(1.5), array(1.50))
transform(array(1.5, 2.25), x -> x * 2)
filter(array(1.5, 2.25), x -> x > 2)
aggregate(array(1.5, 2.25), 0D, (a, x) -> a + x)
aggregate(array(1.5, 2.25), cast(0 as decimal(20, 2)), (a, x) -> cast(a + x as decimal(20, 2)))
round(1.255, 2)
round(1.255)
round(-1.5)
round(1.5, 5)
round(99.99, 1)
round(12345.678, -2)
round(12345.678, -5)
round(12345.678, -6)
round(1.255, null)
round(cast('99999999999999999999999999999999999999' as decimal(38, 0)), -1)
round(1.255, one)
bround(2.5)
bround(3.5)
bround(-2.5)
bround(1.255, 2)
bround(1250.5, -2)
ceil(1.25)
ceil(-1.25)
ceil(9.5)
ceil(100BD)
ceil(1.21, 1)
ceil(-1.21, 1)
ceil(121.5, -1)
ceil('1.5')
ceil('1.55', 1)
ceil(null, 1)
floor(1.25)
floor(-1.25)
floor(1.29, 1)
floor(-1.21, 1)
floor(-121.5, -1)
floor(cast(7 as bigint), 1)
floor(float('1.55'), 1)
abs(cast(-1.50 as decimal(5, 2)))
negative(1.50)
positive(1.50)
-(cast(1.50 as decimal(5, 2)))
sign(0.00)
sign(-2.5)
signum(2.5)
sqrt(1.44)
cbrt(0.125)
exp(0.0)
ln(1.0)
log(10, 100.0)
power(2.0, 0.5)
pow(2, 1.5)
width_bucket(5.3, 0.2, 10.6, 5)
hypot(3.0, 4.0)
isnan(1.5)
nanvl(1.5, 2)
hash(1.5, 2.25)
hash(0.00)
hash(-1.5)
hash(cast(1.5 as decimal(18, 2)))
hash(cast(1.5 as decimal(19, 2)))
hash(cast(-1.5 as decimal(38, 18)))
hash(cast('12345678901234567890.123456789' as decimal(38, 18)))
hash(cast('-128' as decimal(20, 0)))
hash(cast('0' as decimal(20, 0)))
format_number(1234567.891, 2)
format_number(0.125, 2)
format_number(0.135, 2)
format_number(-0.001, 2)
format_number(12345678901234567890.555, 1)
format_number(1234.5, '#,##0.000')
format_number(0.5, '#.##')
format_string('%s', 1.50)
format_string('%.3f', 1.5)
format_string('%.1f', 0.25)
format_string('%10.2f|%-8.1f|%+.1f', 1.005, 2.25, 3.35)
format_string('%,.2f', 1234567.891)
format_string('%e', 12345.678)
format_string('%d', 1.5)
format_string('%.2f', -0.001)
to_json(named_struct('a', 1.50, 'b', 0.0000001, 'c', 100BD))
to_json(array(0.00000012, -0.000001, 12345678901234567890.5))
to_json(map(1.50, 2.5))
from_json('{"a": 1.255}', 'a decimal(5, 2)')
from_json('{"a": "1.255"}', 'a decimal(5, 2)')
from_json('{"a": "1,255.5"}', 'a decimal(6, 2)')
from_json('{"a": 12345.5}', 'a decimal(5, 2)')
from_json('{"a": 12345678901234567890.123456789}', 'a decimal(38, 9)')
from_json('{"a": 1e2}', 'a decimal(5, 2)')
from_json('{"a": true}', 'a decimal(5, 2)')
from_json('{"a": ""}', 'a decimal(5, 2)')
from_json('[1.5, 2, "3"]', 'array<decimal(5, 1)>')
from_json('{"a": 7}', 'a decimal')
get_json_object('{"a": 1.50}', '$.a')
make_timestamp(2026, 1, 31, 12, 7, 5.123456)
make_timestamp(2026, 1, 31, 12, 7, 5.1234565)
make_timestamp(2026, 1, 31, 12, 7, 60)
make_timestamp(2026, 1, 31, 12, 7, 60.5)
make_timestamp(2026, 1, 31, 12, 7, 5.5D)
make_timestamp(2026, 1, 31, 12, 7, '5.5')
make_dt_interval(1, 2, 3, 4.000001)
make_dt_interval(0, 0, 0, -0.5)
make_dt_interval(0, 0, 0, 0.1D)
timestamp_seconds(1.5)
timestamp_seconds(1234567890.123456)
timestamp_millis(1.5)
extract(second from timestamp '2026-01-31 12:07:05')
extract(second from interval '-4.25' second)
extract(second from timestamp '1960-01-01 00:00:59.999999') + 1
interval '1' hour * 1.5
1.5 * interval '1' day
interval '1' second * 0.0000015
interval '1' hour / 1.5
interval '10' month * 1.25
interval '10' month / 2.5
interval '1' hour / 0.0
date_add(date '2026-01-01', 1.5)
substring('abcdef', 2.5)
substring('abcdef', 1.5, 2.5)
repeat('ab', 2.9)
shiftleft(2.5, 1)
sequence(1.5, 3.5)
typeof(1.5 - 0.25)
typeof(1.5 % 2)
typeof(cast(1 as decimal(38, 10)) * 1.5)
typeof(cast(1 as decimal(38, 10)) / 1.5)
typeof(cast(1 as decimal(20, 10)) + 1)
typeof(cast(1 as decimal(20, 10)) + cast(1 as int))
typeof(cast(1 as decimal(5, 2)) / 2)
typeof(2 / cast(1 as decimal(5, 2)))
typeof(cast(1 as decimal(38, 38)) + 1)
typeof(coalesce(cast(null as decimal(38, 38)), 1))
typeof(coalesce(cast(null as decimal(38, 18)), cast(null as decimal(38, 0))))
typeof(if(true, 1.5, 1L))
typeof(array(1.5, 1Y))
typeof(round(1.25, 1))
typeof(ceil(cast(1 as decimal(38, 2))))
typeof(extract(second from now()))
-- table: numbers
cast(i as decimal(12, 2)) + cast(j as decimal(12, 1))
cast(i as decimal(12, 2)) - l
cast(i as decimal(12, 2)) * cast(j as decimal(5, 3))
cast(i as decimal(12, 2)) / cast(j as decimal(5, 1))
cast(i as decimal(12, 2)) % cast(j as decimal(5, 1))
cast(i as decimal(12, 2)) > j
cast(i as decimal(12, 2)) = i
cast(l as decimal(20, 0)) = l
cast(d as decimal(20, 10))
try_cast(d as decimal(20, 10))
try_cast(e as decimal(38, 20))
try_cast(f as decimal(30, 10))
cast(b as decimal(2, 1))
cast(t as decimal(2, 0))
try_cast(t as decimal(2, 0))
i * 1.5
l / 3.0
t + 0.5
h * 0.01
d * 1.5
f + 1.5
i + 1.5 > j
round(cast(i as decimal(12, 2)) / 3, 2)
if(b, 1.5, i)
coalesce(cast(i as decimal(10, 0)), 0.5)
greatest(i, 1.5)
i in (1.5, 7)
floor(cast(i as decimal(12, 2)) / 10)
-- groups: groups
sum(cast(l as decimal(18, 3)))
sum(cast(d as decimal(10, 2)))
sum(1.5)
sum(i * 0.1)
sum(cast(l as decimal(38, 18)))
sum(cast('99999999999999999999999999999999999999' as decimal(38, 0)))
try_sum(cast('99999999999999999999999999999999999999' as decimal(38, 0)))
try_sum(cast(i as decimal(12, 2)))
avg(cast(i as decimal(12, 2)))
avg(1.5)
avg(i * 0.1)
avg(cast(l as decimal(38, 18)))
try_avg(cast(i as decimal(12, 2)))
try_avg(cast('99999999999999999999999999999999999999' as decimal(38, 0)))
min(cast(i as decimal(12, 2)))
max(cast(i as decimal(12, 2)))
min_by(i, cast(i as decimal(12, 2)))
max_by(cast(i as decimal(12, 2)), i)
first(cast(i as decimal(12, 2)))
count(cast(i as decimal(12, 2)))
count(distinct cast(i as decimal(12, 2)))
sum(distinct cast(i as decimal(12, 2)))
avg(distinct cast(i as decimal(12, 2)))
collect_list(cast(i as decimal(12, 2)))
sort_array(collect_set(cast(i as decimal(12, 2))))
stddev(cast(i as decimal(12, 2)))
var_pop(cast(i as decimal(12, 2)))
corr(cast(i as decimal(12, 2)), l)
regr_avgx(cast(i as decimal(12, 2)), cast(i as decimal(12, 2)))
median(cast(i as decimal(12, 2)))
percentile(cast(i as decimal(12, 2)), 0.25)
percentile_approx(cast(i as decimal(12, 2)), 0.5)
percentile_disc(0.5) within group (order by cast(i as decimal(12, 2)))
mode(cast(1.5 as decimal(12, 2)))
approx_count_distinct(cast(i as decimal(12, 2)))
sum(cast(i as decimal(12, 2))) / count(*)
sum(cast(i as decimal(12, 2))) * 1.21
