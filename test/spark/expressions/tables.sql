-- The rows that expressions are evaluated over, as Spark SQL.

-- table: one
select * from values (1) as t (one)

-- table: numbers
select t, h, i, j, l, f, d, e, b, c from values
  (cast(1 as tinyint), cast(2 as smallint), 7, 3, 1000000007L, cast(1.5 as float), 2.5D, 0.1D, true, false),
  (cast(0 as tinyint), cast(0 as smallint), 0, 0, 0L, cast('-0.0' as float), double('-0.0'), 0D, false, false),
  (null, null, null, null, null, null, null, null, null, null),
  (127Y, 32767S, 2147483647, 1, 9007199254740991L, float('3.4028235e38'), double('1.7976931348623157e308'), 1e-7D, true, null),
  (-128Y, -32768S, -2147483648, -1, -9007199254740991L, float('1.4e-45'), double('4.9e-324'), -1e21D, null, false),
  (-1Y, -3S, -7, 2, -5L, float('NaN'), double('NaN'), double('Infinity'), false, true),
  (5Y, 12S, 100, null, 1234567890123L, float('0.1'), 123456.789D, -2.5D, true, true)
as t (t, h, i, j, l, f, d, e, b, c)

-- table: strings
select s, p, r, n, x from values
  ('Hello World', 'o', 'World', 3, x'48656c6c6f'),
  ('', '', 'x', 0, x''),
  (null, null, null, null, null),
  ('  two  words ', ' ', '', -2, x'00ff10'),
  ('😀a😀é', '😀', 'a', 2, x'f09f9880'),
  ('a,b,,c', ',', 'b', -1, x'c3a9'),
  ('42', '4', null, null, x'3432'),
  ('ǅungla ẞtraße', 'ß', 'ss', 100, null)
as t (s, p, r, n, x)

-- table: times
select ts, us, d, q, n from values
  (timestamp '2026-01-31 12:07:05.5', timestamp '2026-01-30 23:00:00', date '2026-01-31', date '2025-12-25', 1),
  (timestamp '1970-01-01 00:00:00', timestamp '1970-01-01 00:00:00', date '1970-01-01', date '1970-01-01', 0),
  (null, null, null, null, null),
  (timestamp '1969-12-31 23:59:59.999999', timestamp '1970-01-01 00:00:00.000001', date '1969-12-31', date '1970-03-01', -1),
  (timestamp '2024-02-29 23:59:59.123456', timestamp '2023-02-28 00:00:00', date '2024-02-29', date '2023-02-28', 12),
  (timestamp '2026-03-29 01:30:00', timestamp '2026-10-25 01:30:00', date '2026-03-29', date '2026-10-25', -13),
  (timestamp '1900-01-01 00:00:00.1', timestamp '2100-12-31 23:59:59', date '1900-01-01', date '2100-12-31', 36500)
as t (ts, us, d, q, n)

-- table: collections
select xs, ys, ss, ds, nn, m, k, st, sts, n from values
  (array(3, 1, 2), array(2, 4), array('b', 'a'), array(1.5D, double('NaN'), -1D), array(array(1, 2), array(3)), map('a', 1, 'b', 2), map('b', 20, 'c', 30), named_struct('a', 1, 'b', 'x'), array(named_struct('a', 2, 'b', 'y'), named_struct('a', 1, 'b', 'z')), 1),
  (cast(array() as array<int>), cast(array() as array<int>), cast(array() as array<string>), cast(array() as array<double>), cast(array() as array<array<int>>), cast(map() as map<string, int>), cast(map() as map<string, int>), named_struct('a', 0, 'b', ''), cast(array() as array<struct<a: int, b: string>>), 0),
  (null, null, null, null, null, null, null, null, null, null),
  (array(1, null, 1, null, 3), array(null, 3), array('', null, 'a', 'a'), array(null, -0.0D, 0.0D), array(array(1), null), map('a', null), map('a', 5), named_struct('a', cast(null as int), 'b', cast(null as string)), array(null, named_struct('a', cast(null as int), 'b', 'n')), -1),
  (array(5), array(5, 5), array('😀', 'é'), array(double('Infinity'), double('NaN'), double('NaN')), array(array(), array(null, 9)), map('', 0, '😀', 7), map('x', 1), named_struct('a', 5, 'b', '😀'), array(named_struct('a', 5, 'b', null)), 2),
  (array(2147483647, 2147483647, -2147483648), array(-2147483648), array('10', '9'), array(1e300D, 1e300D), array(array(0)), map('k', 2147483647), map('k', 1), named_struct('a', -1, 'b', '"q"'), array(named_struct('a', 1, 'b', 'b'), named_struct('a', 1, 'b', 'a')), 5)
as t (xs, ys, ss, ds, nn, m, k, st, sts, n)

-- table: fractions
select d, f from values
  (0.0D, float('0.0')), (1.0D, float('1.0')), (-1.0D, float('-1.0')), (0.1D, float('0.1')), (1D / 3, float('0.33333334')), (2D / 3, float('0.6666667')),
  (100.0D, float('100.0')), (123456.789D, float('123456.79')), (9999999.0D, float('9999999.0')), (9999999.999D, float('1.0E7')), (12345678.0D, float('1.2345678E7')),
  (1e15D, float('1.0E15')), (123456789012345678.0D, float('1.23456784E11')), (1e-3D, float('0.001')), (9.99e-4D, float('9.99E-4')), (1.5e-5D, float('1.5E-5')),
  (1e100D, float('1.0E30')), (-1.2345e-100D, float('-1.2345E-30')), (0.5D, float('0.5')), (2.5D, float('2.5')), (3.5D, float('3.5')), (-2.5D, float('-2.5')),
  (1.005D, float('1.005')), (2.675D, float('2.675')), (0.285D, float('0.285')), (2147483647.5D, float('32767.5')), (-2147483648.5D, float('-32768.9')),
  (3.141592653589793D, float('3.1415927')), (2.718281828459045D, float('2.7182817')), (0.30000000000000004D, float('0.3'))
as t (d, f)

-- table: instants
select ts from values
  (timestamp '1970-01-01 00:00:00'), (timestamp '1969-12-31 23:59:59.999999'), (timestamp '1969-12-31 00:00:00'), (timestamp '2000-02-29 12:00:00'),
  (timestamp '2026-01-31 12:07:05.1'), (timestamp '2026-01-31 12:07:05.12'), (timestamp '2026-01-31 12:07:05.120034'), (timestamp '2026-01-31 12:07:05.000001'),
  (timestamp '2026-12-31 23:59:59.999'), (timestamp '2027-01-01 00:00:00'), (timestamp '2024-12-30 00:00:01'), (timestamp '1900-03-01 00:00:00'),
  (timestamp '1883-11-18 12:03:58'), (timestamp '2100-02-28 23:59:59.5'), (timestamp '2199-12-31 00:00:00'), (timestamp '2026-03-29 01:00:00'),
  (timestamp '2026-10-25 00:30:00'), (timestamp '2018-11-04 03:00:00')
as t (ts)

-- table: groups
select * from values
  (1, 1, 10, 100L, 1.5D, float('0.1'), 'b', true, timestamp '2026-01-01 10:00:00', date '2026-01-01', array(1, 2), named_struct('a', 1, 'b', 'x')),
  (1, 2, null, null, null, null, null, null, null, null, null, null),
  (1, 3, 30, 300L, 2.5D, float('0.2'), 'a', false, timestamp '2026-01-03 10:00:00', date '2026-01-03', array(1), named_struct('a', 0, 'b', 'y')),
  (1, 4, 10, 100L, 1.5D, float('0.1'), 'b', true, timestamp '2026-01-02 10:00:00', date '2026-01-02', array(1, 2), named_struct('a', 1, 'b', 'x')),
  (1, 5, -5, 7L, 0.25D, float('7.5'), 'c', true, timestamp '2025-01-02 10:00:00', date '2025-01-02', array(null, 3), named_struct('a', 2, 'b', null)),
  (2, 1, null, null, null, null, null, null, null, null, null, null),
  (2, 2, null, null, null, null, null, null, null, null, null, null),
  (3, 1, 42, 42L, -3.5D, float('2.5'), '', false, timestamp '1969-12-31 23:59:59', date '1969-12-31', cast(array() as array<int>), named_struct('a', 9, 'b', '')),
  (4, 1, 2147483647, 9007199254740990L, double('NaN'), float('NaN'), '😀', true, timestamp '2026-01-01 00:00:00', date '2026-01-01', array(2147483647), named_struct('a', 1, 'b', 'é')),
  (4, 2, 1, 1L, 1D, float('1'), '\uFFFD', true, timestamp '2026-01-01 00:00:00', date '2026-01-01', array(2147483647, 0), named_struct('a', 1, 'b', 'e')),
  (4, 3, -2147483648, -9007199254740990L, double('Infinity'), float('Infinity'), 'z', true, timestamp '2026-06-01 00:00:00', date '2026-06-01', array(-1), named_struct('a', null, 'b', 'e')),
  (5, 1, 1, 1L, 1D, float('1'), 'x', true, timestamp '2026-01-01 00:00:00', date '2026-01-01', array(1), named_struct('a', 1, 'b', 'a')),
  (5, 2, 2, 2L, 2D, float('2'), 'y', null, timestamp '2026-01-01 00:01:00', date '2026-01-02', array(2), named_struct('a', 2, 'b', 'b')),
  (5, 3, 3, 3L, 4D, float('4'), 'x', true, timestamp '2026-01-01 00:02:00', date '2026-01-03', array(1), named_struct('a', 1, 'b', 'a')),
  (5, 4, 5, 4L, 8.5D, float('8.5'), 'z', false, timestamp '2026-01-01 00:03:00', date '2026-01-04', array(0), named_struct('a', 3, 'b', 'c'))
as t (g, o, i, l, d, f, s, b, ts, dt, xs, st)
