def exported(writer):
    # ruleid: csv-formula
    writer.writerow([request.form["name"], request.form["city"]])

def defused(writer):
    name = request.form["name"]
    if name.startswith(("=", "+", "-", "@")):
        name = "'" + name
    # ok: csv-formula
    writer.writerow([name])

def numbers(writer):
    # ok: csv-formula
    writer.writerow([int(request.form["age"])])

def all_rows(file):
    rows = request.get_json()
    # ruleid: csv-formula
    csv.writer(file).writerows(rows)

def from_the_store(writer, rows):
    # ok: csv-formula
    writer.writerows([row.name, row.city] for row in rows)
