-- table: one
1.5
1.50
-0.05
123456789.987654321
1.5BD
1.5 + 1
1.5 + 2.25
1.5 - 2.25
1.5 * 2.25
1.5 / 2
1 / 3.0
2.5 / 0
7.5 % 2
1.5 + 1.5D
1.5 + float('0.5')
1.5 = 1.50
1.5 > 1
1.5 = 1.5D
1.5 = '1.5'
cast(1.5 as int)
cast(-1.5 as int)
cast(1.5 as double)
cast(1.5 as string)
cast(1.50 as string)
cast('1.255' as decimal(5, 2))
cast('abc' as decimal(5, 2))
cast('12345.6' as decimal(5, 2))
try_cast('12345.6' as decimal(5, 2))
cast(123.456D as decimal(5, 1))
cast(3 as decimal(10, 2))
cast(1234 as decimal(3, 0))
cast(true as decimal(3, 1))
cast(1e3 as decimal(10, 0))
cast(0.000001 as string)
cast(1.0 as boolean)
decimal(3)
typeof(1.5)
typeof(1.5 + 1)
typeof(1.5 * 2.25)
typeof(1.5 / 3)
round(1.25, 1)
round(-1.25, 1)
round(125.5, -1)
bround(1.25, 1)
ceil(1.2)
floor(-1.2)
ceil(3.1411, 3)
abs(-1.5)
-(1.5)
sign(-1.5)
greatest(1.5, 2)
coalesce(null, 1.5, 2)
if(true, 1.5, 2)
array(1.5, 2, 3.25)
sqrt(2.25)
power(1.5, 2)
cast(99999999999999999999999999999999999999 as decimal(38, 0)) + 1
cast(1.5 as timestamp)
to_json(named_struct('a', 1.50))
from_json('{"a": 1.5}', 'a decimal(5, 2)')
1.5 in (1.50, 2)
hash(1.5)
map(1.5, 'a')[1.50]
-- groups: groups
sum(cast(i as decimal(10, 2)))
avg(cast(i as decimal(10, 2)))
max(cast(i as decimal(12, 1)))
