-- table: numbers
i + j
i - j
i * j
i / j
i div j
i % j
t + t
t - t
t * 2Y
h + h
h * h
l + i
l - l
l div 7
l % 1000
l / i
f + f
f * d
f + i
f - 1
d + e
d - e
d * e
d / e
d % e
e % 3
-d
-i
-t
-h
-f
- (-l)
+i
i + 1L
i + 0.5D
t + h
h + i
t / h
i + '1'
i * '2.5'
d + '1'
i + null
null * d
pmod(i, 3)
pmod(i, -3)
pmod(-7, j)
pmod(d, 3)
mod(i, 4)
mod(d, 1)
i & j
i | j
i ^ j
~i
~t
~l
t & 15
l & 255
i & l
h | t
bit_count(i)
bit_count(t)
bit_count(b)
bit_get(i, 0)
bit_get(i, 31)
getbit(i, 1)
shiftleft(i, 1)
shiftleft(i, 33)
shiftright(i, 1)
shiftright(l, 2)
shiftrightunsigned(i, 28)
i << 2
i >> 1
i >>> 1
try_add(i, i)
try_add(t, t)
try_add(l, i)
try_subtract(i, 10)
try_multiply(i, i)
try_divide(i, j)
try_divide(d, e)
try_mod(i, j)
abs(i)
abs(t)
abs(l)
abs(d)
abs(f)
sign(i)
sign(d)
signum(f)
negative(i)
negative(d)
positive(i)
ceil(d)
ceil(e)
floor(d)
floor(e)
ceil(f)
floor(i)
ceiling(l)
ceil(d, 1)
floor(d, -1)
round(d)
round(e, 1)
round(d, -2)
round(f, 1)
round(i, -1)
round(i, -9)
round(t, -1)
round(h, -2)
round(l, -3)
bround(d)
bround(e, 1)
bround(i, -1)
rint(d)
rint(e)
sqrt(d)
sqrt(i)
cbrt(e)
exp(e)
expm1(e)
ln(d)
ln(i)
log(2, d)
log(i)
log10(d)
log2(d)
log1p(e)
power(d, 2)
pow(i, j)
pow(e, 0.5D)
hypot(d, e)
sin(e)
cos(e)
tan(e)
asin(e)
acos(e)
atan(e)
atan2(d, e)
sinh(e)
cosh(e)
tanh(e)
asinh(e)
acosh(d)
atanh(e)
cot(e)
sec(e)
csc(e)
degrees(e)
radians(e)
factorial(j)
bin(i)
bin(l)
hex(i)
hex(l)
conv(i, 10, 16)
width_bucket(d, 0, 10, 5)
width_bucket(i, 10, 0, 5)
isnan(d / 0.5D)
d > 0 and 1 / d > 0.1D
-- table: one
2147483647 + 1
-2147483648 - 1
2147483647 * 2
- (-2147483648)
127Y + 1Y
127Y + 1
-128Y - 1Y
100Y * 2Y
32767S + 1S
-(-128Y)
-(-32768S)
abs(-2147483648)
abs(-128Y)
abs(-9)
9223372036854775807L
9223372036854775807L + 1L
-9223372036854775808L - 1L
4611686018427387904L * 2L
9007199254740991L + 1L
9007199254740993L
3000000000L * 3000000000L
3037000500L * 3037000500L
-9223372036854775808L div -1L
-2147483648 div -1
-2147483648 / -1
-2147483648 % -1
1 / 0
1 div 0
1 % 0
0 / 0
1D / 0
0D / 0D
1D % 0D
1 % 0.0D
mod(1, 0)
pmod(1, 0)
pmod(-1, 0.5D)
7 / 2
-7 div 2
7 div -2
-7 % 2
7 % -2
-7.5D % 2
7.5D div 2
0.1D + 0.2D
0.1D * 3
1e308D * 10
-1e308D * 10
1e-320D / 10
float('1e38') * float('10')
float('16777216') + float('1')
float('0.1') + float('0.2')
float('0.1') + 0.2D
1 + 1.5D
1S + 1Y
1Y + 1L
1L + float('1')
1 + float('1')
1Y + float('0.5')
'1' + 1
'1' + '2'
'1.5' + 1
'1.5' + 1D
'a' + 1
'a' * 2D
'1' * '2'
'10' / 4
'10' div 4
'10' % 4
-'5'
+'5'
true + 1
-true
date '2026-01-01' + 1
date '2026-01-01' + '1'
date '2026-01-01' - 1
1 + date '2026-01-01'
date '2026-01-01' + 1L
date '2026-01-01' + 1S
array(1) + 1
5 & 3
5 | 3
5 ^ 3
~0
~-1L
5Y & 3
5 & 1.5D
bit_count(0)
bit_count(-1)
bit_count(true)
bit_count(255L)
bit_get(5, 32)
bit_get(5, -1)
bit_get(5L, 63)
shiftleft(1, 31)
shiftleft(1, 32)
shiftleft(1L, 40)
shiftright(-8, 1)
shiftrightunsigned(-8, 1)
shiftrightunsigned(-1L, 60)
1 << 4
-16 >> 2
-16 >>> 28
try_add(2147483647, 1)
try_add(1, 1)
try_add(date '2026-01-01', 1)
try_add(1.5D, 1)
try_subtract(-2147483648, 1)
try_multiply(2147483647, 2)
try_divide(1, 0)
try_divide(1, 2)
try_divide(0D, 0)
try_mod(5, 0)
try_mod(5, 3)
try_add(9223372036854775807L, 1)
ceil(2.5D)
ceil(-2.5D)
ceil(-0.5D)
floor(-0.5D)
ceil(1e19D)
ceil(double('NaN'))
floor(double('Infinity'))
floor(-1e300D)
ceil(5)
ceil(5Y)
ceil('2.5')
ceil(3.14159D, 2)
floor(3.14159D, 3)
floor(-3.15D, 1)
ceil(1234, -2)
floor(1234, -2)
round(2.5D)
round(3.5D)
round(-2.5D)
round(-0.4D)
round(0.5D)
round(1.005D, 2)
round(2.675D, 2)
round(1e300D, 2)
round(123.456D, 1)
round(123.456D, -1)
round(123.456D, -3)
round(987.6D, -3)
round(double('NaN'), 1)
round(double('Infinity'))
round(double('-Infinity'), 2)
round(5)
round(15, -1)
round(25, -1)
round(-15, -1)
round(2147483647, -1)
round(127Y, -1)
round(5, 2)
round(12345678901L, -4)
round('2.5')
round(float('2.5'))
round(float('0.15'), 1)
round(null, 1)
round(0.1D, 20)
bround(2.5D)
bround(3.5D)
bround(-2.5D)
bround(0.25D, 1)
bround(25, -1)
bround(35, -1)
rint(2.5D)
rint(-0.4D)
rint(3.5D)
sqrt(16)
sqrt(2)
sqrt(-1)
sqrt('16')
sqrt(null)
cbrt(27)
cbrt(-8)
cbrt(2)
exp(0)
exp(1)
exp(710)
exp(-1000)
expm1(1e-10D)
expm1(1)
ln(1)
ln(0)
ln(-1)
ln(2.718281828459045D)
ln(10)
log(10, 1000)
log(2, 8)
log(3, 9)
log(0, 5)
log(10, 0)
log(1, 5)
log(100)
log10(1000)
log10(0)
log10(-5)
log2(8)
log2(3)
log2(0)
log1p(0)
log1p(-1)
log1p(-2)
log1p(1e-10D)
e()
pi()
power(2, 10)
power(2, -1)
power(0, 0)
power(-8, 1.0D / 3)
power(2, 0.5D)
power(10, 308)
power(10, 309)
pow('2', 3)
hypot(3, 4)
hypot(1e200D, 1e200D)
sin(0)
sin(1)
sin(1e10D)
cos(0)
cos(1)
tan(1)
asin(1)
asin(2)
acos(1)
acos(-1)
acos(2)
atan(1)
atan2(1, 1)
atan2(0, -1)
atan2(-0.0D, -1)
sinh(1)
cosh(1)
tanh(1)
tanh(100)
asinh(1)
asinh(0)
acosh(1)
acosh(2)
acosh(0)
atanh(0.5D)
atanh(1)
atanh(2)
cot(1)
cot(0)
sec(0)
sec(1)
csc(1)
csc(0)
degrees(3.141592653589793D)
degrees(1)
radians(180)
radians(1)
factorial(0)
factorial(5)
factorial(15)
factorial(20)
factorial(21)
factorial(-1)
bin(13)
bin(-13)
bin(0)
bin(13.7D)
bin('7')
hex(17)
hex(-1)
hex(0)
hex('Spark SQL')
hex(x'00ff')
hex(255L)
hex(null)
unhex('537061726B')
unhex('F')
unhex('GG')
unhex('')
conv('100', 2, 10)
conv('ff', 16, 10)
conv('FF', 16, 2)
conv(-10, 16, -10)
conv(-1, 10, 16)
conv('zz', 36, 10)
conv('12x', 10, 16)
conv('', 10, 16)
conv('1', 1, 10)
conv('9223372036854775807', 36, 16)
width_bucket(5.3D, 0.2D, 10.6D, 5)
width_bucket(-2.1D, 1.3D, 3.4D, 3)
width_bucket(8.1D, 0.0D, 5.7D, 4)
width_bucket(5, 10, 0, 5)
width_bucket(0, 0, 10, 5)
width_bucket(10, 0, 10, 5)
width_bucket(1, 1, 1, 5)
width_bucket(1, 0, 10, 0)
greatest(1, 2.5D, 3L)
greatest(1S, 2Y)
sign(-5)
sign(0)
sign(-0.0D)
signum(double('NaN'))
sign('3')
negative(-2147483648)
positive('3')
nanvl(double('NaN'), 5)
nanvl(1, 5)
isnan(null)
isnan('NaN')
isnan(1)
foo(1)
abs()
abs(1, 2)
abs('x')
abs('-5')
abs(true)
