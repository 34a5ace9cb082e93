"""Lets Spark evaluate the expressions of `expressions/*.sql` and writes what it says to `corpus/*.json`.

    python3 test/spark/generate.py [family ...]

See README.md for what it needs and for the format of both sides.
"""

import json
import logging
import math
import os
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

os.environ["TZ"] = "UTC"
time.tzset()

from py4j.protocol import Py4JJavaError  # noqa: E402
from pyspark.errors import AnalysisException, ParseException, PySparkException  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import types as t  # noqa: E402

HERE = Path(__file__).parent
EPOCH = datetime(1970, 1, 1)
# Columns of one query; a query that fails is cut in halves until the culprits stand alone.
BATCH = 6


def main(families):
    logging.disable(logging.CRITICAL)
    spark = session()
    tables = read_tables(spark)
    write_tables(tables, spark.version)
    paths = sorted((HERE / "expressions").glob("*.sql"))
    for path in paths:
        if path.name != "tables.sql" and (not families or path.stem in families):
            write_family(path.stem, judge_family(spark, tables, path))
    spark.stop()


def session():
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.variable.substitute", "false")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", tempfile.gettempdir())
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


# --- what is asked ---


def sections(path):
    """The (head, lines) of a file: heads are the lines `-- word: rest`, other comments and empty lines are skipped."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-- ") and line.split()[1].endswith(":"):
            found.append((line[3:].strip(), []))
        elif line.strip() and not line.startswith("--"):
            found[-1][1].append(line)
    return found


def read_tables(spark):
    """Name -> canonical {schema, rows}; each becomes a view, with the hidden column `row_` counting from 0."""
    tables = {}
    for head, lines in sections(HERE / "expressions" / "tables.sql"):
        name = head.removeprefix("table: ")
        query = "\n".join(lines)
        frame = spark.sql(query)
        rows = [[canonical(value, field.dataType) for value, field in zip(row, frame.schema)] for row in frame.collect()]
        tables[name] = {"schema": columns(frame.schema), "rows": rows}
        numbered = spark.sql(f"select row_number() over (order by 1) - 1 as row_, * from ({query})")._jdf
        # Collected and made a table of plain data again: Spark evaluates over such a table on the spot, without a job.
        local = spark._jsparkSession.createDataFrame(numbered.collectAsList(), numbered.schema())
        local.createOrReplaceTempView(name)
    return tables


# --- what Spark says ---


def judge_family(spark, tables, path):
    judged = []
    for head, expressions in sections(path):
        kind, name = head.split(": ")
        judge = judge_groups if kind == "groups" else judge_rows
        answers = judge(spark, name, len(tables[name]["rows"]), expressions)
        judged += [{"expression": e, kind: name, **a} for e, a in zip(expressions, answers)]
    return judged


def judge_rows(spark, table, count, expressions):
    """Per expression its type and its result for each row."""
    answers = []
    for at in range(0, len(expressions), BATCH):
        answers += judge_batch(spark, table, count, expressions[at : at + BATCH])
    return answers


def judge_batch(spark, table, count, expressions):
    outcome = run(spark, expressions, table)
    if "rows" in outcome:
        return [
            {"type": type_, "results": [{"value": row[i]} for row in outcome["rows"]]}
            for i, type_ in enumerate(outcome["types"])
        ]
    if len(expressions) > 1:
        half = len(expressions) // 2
        return judge_batch(spark, table, count, expressions[:half]) + judge_batch(spark, table, count, expressions[half:])
    if "refused" in outcome:
        return [outcome]
    return [by_part(spark, expressions[0], [f"{table} where row_ = {row}" for row in range(count)])]


def judge_groups(spark, table, count, expressions):
    """Per aggregate its type and its result for each group of the table; `g` tells the groups, and 0 is one without rows."""
    groups = sorted({row.g for row in spark.table(table).select("g").collect()} | {0})
    return [
        by_part(spark, e, [f"(select * from {table} where g = {group} order by o)" for group in groups], groups)
        for e in expressions
    ]


def by_part(spark, expression, sources, names=None):
    """The expression over one source after the other, so that one may fail and the others not."""
    answer = {"type": None, "results": []}
    for i, source in enumerate(sources):
        outcome = run(spark, [expression], source)
        if "refused" in outcome:
            return outcome
        if "rows" in outcome:
            answer["type"] = outcome["types"][0]
            result = {"value": outcome["rows"][0][0]}
        else:
            answer["type"] = outcome["type"]
            result = {"error": outcome["error"]}
        answer["results"].append(result if names is None else {"group": names[i], **result})
    return answer


def run(spark, expressions, source):
    """{types, rows}, or {refused: error class} by analysis, or {error: error class, type} by evaluation."""
    items = ", ".join(f"{e} as c{i}" for i, e in enumerate(expressions))
    types = [t.NullType()]
    try:
        frame = spark.sql(f"select {items} from {source}")
        fields = list(frame.schema)
        types = [field.dataType for field in fields]
        readable = frame.selectExpr(*[carried(f"c{i}", type_) for i, type_ in enumerate(types)])
        rows = [[canonical(value, type_) for value, type_ in zip(row, types)] for row in readable.collect()]
        return {"types": [ddl(type_) for type_ in types], "rows": rows}
    except (AnalysisException, ParseException) as error:
        return {"refused": named(error.getCondition())}
    except (PySparkException, Py4JJavaError) as error:
        condition = error.getCondition() if isinstance(error, PySparkException) else None
        return {"error": named(condition), "type": ddl(types[0])}


def named(condition):
    """The error class; some errors have none, or none that is meant to be known, and then any error of ours will do."""
    return "ANY" if condition is None or condition.startswith("_LEGACY") else condition


# --- how types and values are written ---


def carried(column, type_):
    """The column in a shape that Python can receive."""
    if isinstance(type_, t.YearMonthIntervalType):
        return f"cast(cast({column} as interval month) as int) as {column}"
    if isinstance(type_, t.DateType):
        return f"unix_date({column}) as {column}"
    if isinstance(type_, t.TimestampType):
        return f"unix_micros({column}) as {column}"
    if type_.simpleString() == "interval":
        return f"cast({column} as string) as {column}"
    return column


def columns(schema):
    return ", ".join(f"{field.name} {ddl(field.dataType)}" for field in schema)


def ddl(type_):
    if isinstance(type_, t.ArrayType):
        return f"array<{ddl(type_.elementType)}>"
    if isinstance(type_, t.MapType):
        return f"map<{ddl(type_.keyType)}, {ddl(type_.valueType)}>"
    if isinstance(type_, t.StructType):
        return f"struct<{', '.join(f'{field.name}: {ddl(field.dataType)}' for field in type_)}>"
    return type_.simpleString()


def canonical(value, type_):
    if value is None:
        return None
    if isinstance(type_, t.ArrayType):
        return [canonical(element, type_.elementType) for element in value]
    if isinstance(type_, t.MapType):
        entries = [[canonical(k, type_.keyType), canonical(v, type_.valueType)] for k, v in value.items()]
        return sorted(entries, key=lambda entry: line(entry[0]))
    if isinstance(type_, t.StructType):
        return [canonical(v, field.dataType) for v, field in zip(value, type_)]
    if isinstance(value, bool) or isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return micros(value.replace(tzinfo=None) - EPOCH)
    if isinstance(value, date):
        return value.toordinal() - EPOCH.toordinal()
    if isinstance(value, timedelta):
        return micros(value)
    return str(value)


def micros(delta):
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


# --- what is written ---


def line(value):
    return json.dumps(value, ensure_ascii=False)


def write_tables(tables, version):
    parts = [f"  {line(name)}: {{\n    \"schema\": {line(table['schema'])},\n    \"rows\": [\n" for name, table in tables.items()]
    bodies = [",\n".join(f"      {line(row)}" for row in table["rows"]) for table in tables.values()]
    text = ",\n".join(f"{part}{body}\n    ]\n  }}" for part, body in zip(parts, bodies))
    head = f"  \"spark\": {line(version)},\n"
    (HERE / "corpus" / "tables.json").write_text(f"{{\n{head}{text}\n}}\n", encoding="utf-8")


def write_family(name, judged):
    text = ",\n".join(f"  {line(one)}" for one in judged)
    (HERE / "corpus" / f"{name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")
    pairs = sum(len(one.get("results", [1])) for one in judged)
    print(f"{name}: {len(judged)} expressions, {pairs} pairs", flush=True)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
