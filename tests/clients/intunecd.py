"""IntuneCD reads an exported backup set and says what it would change in a tenant.

Started by intunecd.test.js, which runs the server and the simulated Graph. The package knows one
Graph, so its requests are led to the simulated one; nothing of the package is changed. It runs in
report mode, in which it changes nothing.
"""

import base64
import json
import os
import re
import sys

import requests

GRAPH = "https://graph.microsoft.com"
SIMULATED = os.environ["TENANTATLAS_GRAPH"]
TOKEN = os.environ["TENANTATLAS_GRAPH_TOKEN"]
FOLDER = os.environ["TENANTATLAS_FOLDER"]

# What the real Graph lists together, the simulated one lists apart.
APP_POLICIES = {
    "iosManagedAppProtections": "iosManagedAppProtection",
    "androidManagedAppProtections": "androidManagedAppProtection",
    "windowsManagedAppProtections": "windowsManagedAppProtection",
    "targetedManagedAppConfigurations": "targetedManagedAppConfiguration",
    "mdmWindowsInformationProtectionPolicies": "mdmWindowsInformationProtectionPolicy",
    "windowsInformationProtectionPolicies": "windowsInformationProtectionPolicy",
}

asked = requests.request
refused = []


def led(method, url, **options):
    """Sends a request to the simulated Graph, and notes what is refused."""
    url = url.replace(GRAPH, SIMULATED, 1)
    if url.endswith("/managedAppPolicies"):
        return app_policies(method, url, options)
    if url.endswith("/$batch"):
        return batch(method, url, options)
    response = asked(method, url, **options)
    if response.status_code >= 400:
        refused.append(f"{response.status_code} {method} {url}")
    return response


def app_policies(method, url, options):
    found = []
    for collection, sort in APP_POLICIES.items():
        response = led(method, url.replace("managedAppPolicies", collection), **options)
        for policy in response.json()["value"]:
            found.append({"@odata.type": f"#microsoft.graph.{sort}", **policy})
    response._content = json.dumps({"value": found}).encode()
    return response


def batch(method, url, options):
    """The real Graph takes numbers and no first slash, gives identifiers unasked, and lists the
    settings of an intent by category as well; the simulated one is stricter and has one list."""
    parts = json.loads(options["data"])["requests"]
    for part in parts:
        part["id"] = str(part["id"])
        part["url"] = "/" + part["url"].lstrip("/").replace("?$select=displayName", "?$select=id,displayName")
        part["url"] = re.sub(r"(/intents/[^/]+)/categories/[^/]+/settings", r"\1/settings", part["url"])
    response = asked(method, url, **{**options, "data": json.dumps({"requests": parts})})
    wanted = {part["id"]: part["url"] for part in parts}
    if response.status_code >= 400:
        refused.append(f"{response.status_code} batch of {len(parts)}")
        return response
    for answer in response.json()["responses"]:
        if answer["status"] >= 400:
            refused.append(f"{answer['status']} {wanted[answer['id']]}")
    return response


def main():
    from IntuneCD.run_update import start

    requests.request = led
    arguments = ["--path", FOLDER, "--report", "--update-assignments", "--token", TOKEN, "--intunecdmonitor"]
    sys.argv = ["IntuneCD-startupdate", *arguments, "--max-workers", "1"]
    start()
    with open(os.path.join(FOLDER, "update_summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    os.remove(os.path.join(FOLDER, "update_summary.json"))
    feed = base64.b64decode(summary["feed"]).decode("utf-8")
    told = {
        "count": summary["diff_count"],
        "changes": summary["changes"],
        "refused": refused,
        "feed": feed.splitlines(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
