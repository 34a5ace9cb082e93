-- table: strings
regexp_like(s, '[a-z]+')
regexp_replace(s, '[aeiou]', '*')
regexp_replace(s, p, '-')
regexp_replace(s, '(\\w)(\\w)', '$2$1')
regexp_replace(s, 'o', 'X', 6)
regexp_replace(s, '', '.')
regexp_extract(s, '(\\w+)', 1)
regexp_extract(s, '(\\w)(\\w)', 2)
regexp_extract(s, '(\\w+) (\\w+)', 0)
regexp_extract(s, '^(\\d+)$')
regexp_extract_all(s, '(\\w)o', 1)
regexp_extract_all(s, '\\w', 0)
regexp_extract_all(s, '(\\d)')
regexp_count(s, 'o')
regexp_count(s, '')
regexp_instr(s, 'o')
regexp_instr(s, '\\d')
regexp_substr(s, '\\w+')
regexp_substr(s, 'zzz')
-- table: one
'%SystemDrive%\\Users\\John' like '\\%SystemDrive\\%\\\\Users%'
'abc' like 'a_c'
'abc' like 'A%'
'a\nc' like 'a_c'
'a😀c' like 'a_c'
'abc' like 'a\\bc'
'a%c' like 'a\\%c'
'a_c' like 'a/_c' escape '/'
'a/c' like 'a//c' escape '/'
'abc' like 'abc\\'
'' like ''
null like 'a'
'a' like null
'a.c' like 'a.c'
'abc' like 'a.c'
'a(b' like 'a(b'
'ABC' ilike 'a%'
'É' ilike 'é'
'abc' not ilike 'A%'
'abc' like any ('a%', 'x')
'abc' like all ('a%', '%c')
'abc' not like all ('x%', 'y%')
'abc' like some ('x', null)
'abc' rlike 'b'
'abc' rlike '^b'
'abc' rlike ''
'a\nb' rlike 'a.b'
'a\nb' rlike '(?s)a.b'
'a\nb' rlike '(?m)^b$'
'ABC' rlike '(?i)abc'
'abc' rlike '(?i:B)c'
'abc' rlike '\\Aabc\\z'
'abc\n' rlike 'abc$'
'abc\n' rlike 'abc\\Z'
'a.b' rlike 'a\\.b'
'a+b' rlike '\\Qa+b\\E'
'aaa' rlike '^a++$'
'aaa' rlike 'a++a'
'abc' rlike '(?<x>b)'
'abab' rlike '(ab)\\1'
'abab' rlike '(?<x>ab)\\k<x>'
'é' rlike '\\w'
'é' rlike '\\p{L}'
'É' rlike '\\p{Lu}'
'a' rlike '\\p{Alpha}'
'a' rlike '\\p{Punct}'
'!' rlike '\\p{Punct}'
'5' rlike '\\p{Digit}'
'1' rlike '[[:digit:]]'
'a' rlike '[a-z&&[^b]]'
'b' rlike '[a-z&&[^b]]'
'a b' rlike 'a\\hb'
'a' rlike '[^\\W]'
'😀' rlike '^.$'
'\t' rlike '\\t'
'a' rlike '('
'a' rlike '['
'a' rlike '*'
'a' rlike 'a{2,1}'
'ab' rlike '(?x) a b # comment'
'foobar' rlike '(?<=foo)bar'
'foobar' rlike '(?<!foo)bar'
'foobar' rlike 'foo(?=bar)'
'foobar' rlike '(?>fo+)bar'
'abc' rlike null
regexp_like('%SystemDrive%\\Users\\John', '%SystemDrive%\\\\Users.*')
regexp_replace('100-200', '(\\d+)', 'num')
regexp_replace('100-200', '(\\d+)-(\\d+)', '$2-$1')
regexp_replace('abc', 'b', '\\$')
regexp_replace('abc', 'b', '$')
regexp_replace('abc', '(b)', '<$0>')
regexp_replace('abc', '(b)', '${1}1')
regexp_replace('abc', '(?<x>b)', '[${x}]')
regexp_replace('abc', '(b)', '$2')
regexp_replace('abc', '(b)', '$12')
regexp_replace('aaa', 'a', 'b', 2)
regexp_replace('aaa', 'a', 'b', 5)
regexp_replace('aaa', 'a', 'b', 0)
regexp_replace('a😀a', 'a', 'b', 3)
regexp_replace('abc', '', '-')
regexp_replace('abc', 'x*', '-')
regexp_replace(null, 'a', 'b')
regexp_replace('abc', null, 'b')
regexp_replace('abc', 'b', null)
regexp_replace('abc', '[', 'x')
regexp_extract('100-200', '(\\d+)-(\\d+)', 1)
regexp_extract('100-200', '(\\d+)-(\\d+)', 2)
regexp_extract('100-200', '(\\d+)-(\\d+)', 0)
regexp_extract('100-200', '(\\d+)-(\\d+)', 3)
regexp_extract('100-200', '(\\d+)-(\\d+)', -1)
regexp_extract('100-200', '(\\d+)')
regexp_extract('abc', '(\\d+)', 1)
regexp_extract('abc', '(x)?b', 1)
regexp_extract('abc', 'b', 1)
regexp_extract('abc', '(', 1)
regexp_extract('foo', '(?i)(FO)', 1)
regexp_extract(null, 'a', 0)
regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)', 1)
regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)', 0)
regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)')
regexp_extract_all('abc', '(x)', 1)
regexp_extract_all('ab', '(x)?', 1)
regexp_extract_all('abc', 'b', 1)
regexp_count('Steven Jones and Stephen Smith are the best players', 'Ste(v|ph)en')
regexp_count('abc', 'x')
regexp_count('aaa', 'aa')
regexp_count(null, 'x')
regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')
regexp_instr('abc', 'b')
regexp_instr('user@spark.apache.org', '@[^.]*')
regexp_instr('abc', 'x')
regexp_instr('a😀b', 'b')
regexp_instr('abc', '(b)(c)', 2)
regexp_substr('Steven Jones and Stephen Smith', 'Ste(v|ph)en')
regexp_substr('abc', 'x')
regexp_substr(null, 'x')
