-- table: numbers
b and c
b or c
not b
! c
b = c
b <=> c
b <> c
b < c
b >= c
b and null
b or null
null or null
c is null
c is not null
b is true
b is not true
b is false
b is not false
b is unknown
b is not unknown
(i > 1) is true
i is distinct from j
i is not distinct from j
i between j and h
i not between -7 and 7
i in (7, 0)
i in (7, null)
i not in (7, 0)
i not in (7, null)
i in (j, h)
l in (i, 5)
d in (2.5D, double('NaN'))
b in (true)
case when b then 1 when c then 2 end
case when b then 1 when c then 2.5D else 3 end
case i when 7 then 'seven' when 0 then 'zero' else 'other' end
case i when null then 'null' else 'else' end
case when i = 0 then 0 else 10 div i end
if(b, i, j)
if(c, i, d)
if(i = 0, null, 100 / i)
iff(b, 'y', 'n')
coalesce(i, j)
coalesce(j, i, 0)
coalesce(null, d, f)
coalesce(i, l)
coalesce(null, null)
ifnull(j, i)
nvl(j, -1)
nvl2(j, 'there', 'not')
nullif(i, 7)
nullif(i, j)
nullif(d, double('NaN'))
nullifzero(i)
zeroifnull(i)
equal_null(i, j)
equal_null(d, double('NaN'))
isnull(j)
isnotnull(j)
isnan(d)
isnan(f)
nanvl(d, 0D)
nanvl(f, d)
greatest(i, j)
greatest(i, j, h, t)
greatest(d, e)
greatest(i, l, d)
least(i, j)
least(d, e)
least(f, d, i)
greatest(b, c)
-- table: strings
greatest(s, p, r)
least(s, p)
s in ('42', '')
s = p
s <=> p
s <> r
s < r
s >= p
s > 'Hello'
x = x'3432'
x < x'40'
s between 'A' and 'Z'
s like '%o%'
s like '_2'
s not like '%a%'
s like ''
s like '%'
s like '%\n%'
s ilike 'hello%'
s ilike '%SS%'
s rlike '^[A-Z]'
s rlike ''
s not rlike '\\d'
s regexp '(?i)HELLO'
s like concat('%', p, '%')
s like '%\\%'
s like 'H%' escape '/'
n = '42'
n > '1'
s is null
length(s) > n
if(s = '', 'empty', s)
nullif(s, '')
coalesce(s, 'none')
case when s like '%a%' then 'a' end
-- table: times
d = q
d < q
ts = d
ts > us
d = '2026-01-31'
ts = '2026-01-31 12:07:05.5'
ts >= '2026-01-31'
d between '2025-01-01' and '2026-12-31'
ts between d and us
d in (date '2026-01-31', null)
greatest(d, q)
greatest(ts, us)
least(ts, d)
coalesce(d, ts)
if(d > q, d, ts)
nullif(d, date '1970-01-01')
-- table: collections
xs = ys
xs < ys
xs <=> ys
xs = array(3, 1, 2)
ss = array('b', 'a')
ds = ds
nn = array(array(1, 2), array(3))
st = named_struct('a', 1, 'b', 'x')
st < named_struct('a', 1, 'b', 'y')
st <=> named_struct('a', cast(null as int), 'b', cast(null as string))
st in (named_struct('a', 5, 'b', '😀'))
sts = array(named_struct('a', 5, 'b', null))
greatest(xs, ys)
least(st, named_struct('a', 1, 'b', 'a'))
coalesce(xs, array(0))
coalesce(m, map('z', 1))
if(size(xs) > 1, xs, ys)
m = k
xs = 1
-- table: one
1 = true
'true' = true
'1' = 1
'1.5' = 1
1 = 1.5D
'abc' = 1
'a' = 'A'
'a' = 'a '
null = null
null <=> null
null is null
null in (1)
1 in (null)
1 in ('1', '2')
1 in (1.0D, 2.0D)
'1' in (1, 2)
date '2026-01-01' = timestamp '2026-01-01 00:00:00'
date '2026-01-01' = '2026-1-1'
timestamp '2026-01-01' < 'x'
array(1) = array(1L)
array(1, null) = array(1, null)
struct(1, null) = struct(1, null)
struct(1, null) <=> struct(1, null)
double('NaN') = double('NaN')
double('NaN') > double('Infinity')
0.0D = double('-0.0')
float('0.1') = 0.1D
float('0.1') > 0.1D
16777217 = float('16777216')
true > false
'😀' > '\uFFFD'
'' < 'a'
x'ff' > x'01'
x'' < x'00'
x'00' < x'0000'
not null
not 1
1 and true
'a' and true
if(1, 2, 3)
if(null, 1, 2)
case when null then 1 else 2 end
case 1 when 1 then null else 2 end
case when true then 1 end
case when false then 1 end
case when true then 1 else 'a' end
case when false then 1 else '5' end
if(true, date '2026-01-01', timestamp '2026-01-01 01:00:00')
if(true, 1, array(1))
if(true, array(1), array(1.5D))
coalesce(1, 'a')
coalesce(1, '2')
coalesce(null, 1L, 2)
coalesce()
greatest(1)
greatest(1, 'a')
greatest(1, null)
greatest(null, null)
greatest('a', 'B', '😀')
least('a', null, 'B')
nullif(1, '1')
nullif('a', 'a')
nvl(null, null)
nvl2(null, 1, 2.5D)
assert_true(true)
assert_true(false)
assert_true(null)
raise_error('bad')
typeof(1)
typeof(null)
typeof(array(map('a', 1.5D)))
typeof(struct(1 as a, 'b' as b))
typeof(1S)
typeof(date '2026-01-01')
true or 1 div 0 = 1
false and 1 div 0 = 1
1 div 0 = 1 and false
