#!/usr/bin/env python3
"""The demo's looking glass: splits the sample entries by day, and shows and verifies what stands in the FHIR service.

Asks the simulators by their control requests (/_sim/...), which count as no traffic.
"""
import json
import sys
import urllib.request

# PatientID -> name, and study description -> (patient, instances of each series): what the demo ends with.
PATIENTS = {
    "QA-0001": "Phantom, Mammography",
    "MRN-1001": "Okonkwo, Amara Chidinma",
    "MRN-1002": "Yamada, Tarou",
    "MRN-1003": "Dr. Lindqvist, Björn",
    "MRN-1004": "Moreau, Chloé",
    "MRN-1005": "Haddad, Noor",
    "MRN-1040": "Moreau, Chloé",
}
STUDIES = {
    "CT chest with contrast": ("MRN-1001", [8, 8, 1]),
    "MR head": ("MRN-1002", [4, 4, 2]),
    "Chest, two views": ("MRN-1003", [1, 1]),
    "Obstetric ultrasound": ("MRN-1004", [6]),
    "Chest, one view, follow-up": ("MRN-1001", [1]),
    "Hand": ("MRN-1005", [1]),
}
DOSE = ["213.40 mGy.cm", "7.10 mGy.cm", "206.30 mGy.cm"]
DOSE_LENGTH_PRODUCT = ("113813", "113838")  # PS3.16: total of a report, of an event


def ask(url, body=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Content-Type": "application/json"}
    with opener.open(urllib.request.Request(url, body, headers), timeout=30) as answer:
        return json.load(answer, parse_float=str)  # decimals with the digits that they have


def resources(fhir, kind):
    return ask(f"{fhir}/_sim/resources?type={kind}")


def split(entries_file, *day_files):
    """The entries of each day into a file of its own."""
    entries = json.load(open(entries_file, encoding="utf-8"))
    days = sorted({entry["Timestamp"][:10] for entry in entries})
    for day, path in zip(days, day_files, strict=True):
        with open(path, "w", encoding="utf-8") as out:
            json.dump([e for e in entries if e["Timestamp"].startswith(day)], out)


def name_of(patient):
    name = patient.get("name", [{}])[0]
    prefix = "".join(part + " " for part in name.get("prefix", []))
    return f"{prefix}{name.get('family', '')}, {' '.join(name.get('given', []))}"


def patients(fhir):
    return {f"Patient/{p['id']}": p for p in resources(fhir, "Patient")}


def width(text):
    return sum(2 if "\u2e80" <= c <= "\uffdc" else 1 for c in text)


def table(head, rows):
    columns = [max(map(width, column)) for column in zip(head, *rows)]
    line = lambda left, mid, right: left + mid.join("─" * (w + 2) for w in columns) + right
    row = lambda cells: "│" + "│".join(f" {c}{' ' * (w - width(c))} " for c, w in zip(cells, columns)) + "│"
    print(line("┌", "┬", "┐"), row(head), line("├", "┼", "┤"), *map(row, rows), line("└", "┴", "┘"), sep="\n")


def instances(study):
    return [len(series.get("instance", [])) for series in study.get("series", [])]


def dose_length_product(observation):
    for component in observation.get("component", []):
        if component["code"]["coding"][0]["code"] in DOSE_LENGTH_PRODUCT:
            quantity = component["valueQuantity"]
            return f"{quantity['value']} {quantity['code']}"
    return ""


def print_resources(fhir):
    people, studies = patients(fhir), resources(fhir, "ImagingStudy")
    print("\nIn the FHIR service there are now:\n")
    of_patient = lambda ref: [s for s in studies if s["subject"]["reference"] == ref]
    table(["Patient", "name", "gender", "born", "studies"],
          [[p["identifier"][0]["value"], name_of(p), p.get("gender", ""), p.get("birthDate", ""), str(len(of_patient(ref)))]
           for ref, p in people.items()])
    table(["ImagingStudy", "of", "started", "modality", "series", "instances"],
          [[s.get("description", ""), people[s["subject"]["reference"]]["identifier"][0]["value"], s.get("started", ""),
            " ".join(m["code"] for m in s["modality"]), str(s["numberOfSeries"]),
            "+".join(map(str, instances(s))) + (f" = {s['numberOfInstances']}" if len(s["series"]) > 1 else "")] for s in studies])
    observations = resources(fhir, "Observation")
    table(["Observation", "of", "dose length product"],
          [[o["code"]["coding"][0].get("display") or o["code"]["coding"][0]["code"],
            people[o["subject"]["reference"]]["identifier"][0]["value"], dose_length_product(o)] for o in observations])
    for endpoint in resources(fhir, "Endpoint"):
        print(f"  and the Endpoint {endpoint['address']}, where the images are")


def verify(fhir):
    """Compares with what the demo is to end with; tells what is otherwise."""
    people, wrong = patients(fhir), []

    def expect(what, found, expected):
        if found != expected:
            wrong.append(f"{what}: found {found}, expected {expected}")

    expect("patients", {p["identifier"][0]["value"]: name_of(p) for p in people.values()}, PATIENTS)
    expect("studies",
           {s["description"]: (people[s["subject"]["reference"]]["identifier"][0]["value"], instances(s))
            for s in resources(fhir, "ImagingStudy")}, STUDIES)
    expect("doses", [dose_length_product(o) for o in resources(fhir, "Observation")], DOSE)
    expect("endpoints", len(resources(fhir, "Endpoint")), 1)
    traffic = ask(f"{fhir}/_sim/stats")
    expect("transactions at one time", traffic["overlapping_transactions"], 0)
    expect("what a well-behaved client never does", traffic["violations"], [])
    requests = traffic["requests"]
    print(f"\nThe FHIR service answered {requests.get('search', 0)} searches, up to {traffic['max_concurrent_searches']} "
          f"at once, and {requests.get('transaction', 0)} transactions, never two at once.")
    if wrong:
        sys.exit("NOT as expected:\n  " + "\n  ".join(wrong))
    print("All is as expected.")


def main():
    command, *arguments = sys.argv[1:]
    if command == "split":
        split(*arguments)
    elif command == "member":
        print(json.load(sys.stdin)[arguments[0]])
    elif command == "post":
        ask(f"{arguments[0]}/_sim/entries", open(arguments[1], "rb").read())
    elif command == "resources":
        print_resources(*arguments)
    elif command == "verify":
        verify(*arguments)
    else:
        sys.exit(f"demo_show.py: there is no command {command}")


if __name__ == "__main__":
    main()
