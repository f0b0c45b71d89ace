"""Checks the signatures of requests, one JSON line in, one out: {"ok": bool, "why": str, "expected": str}.

Written from the providers' documentation and sharing nothing with the adapters: what both get right is right.
"""
import base64
import hashlib
import hmac
import json
import sys
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote, urlsplit


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text, algorithm=hashlib.sha256):
    return hmac.new(key, text.encode(), algorithm)


def acs3(request, secret):
    headers, body = request["headers"], base64.b64decode(request["body"])
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != "ACS3-HMAC-SHA256":
        return False, "no ACS3-HMAC-SHA256 authorization", ""
    fields = dict(part.split("=", 1) for part in rest.split(","))
    signed = fields["SignedHeaders"].split(";")
    demanded = ["host"] + [name for name in headers if name.startswith("x-acs-")]
    missing = [name for name in demanded if name not in signed]
    if missing or signed != sorted(signed):
        return False, "headers not signed or not sorted: " + ",".join(missing), ""
    if headers.get("x-acs-content-sha256") != sha256_hex(body):
        return False, "x-acs-content-sha256 is not that of the body", ""
    url = urlsplit(request["url"])
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(url.query, keep_blank_values=True))
    query = "&".join(k + "=" + v for k, v in pairs)
    canonical = "\n".join([
        request["method"], url.path, query,
        "".join(name + ":" + headers[name].strip() + "\n" for name in signed),
        ";".join(signed), headers["x-acs-content-sha256"],
    ])
    expected = mac(secret.encode(), "ACS3-HMAC-SHA256\n" + sha256_hex(canonical.encode())).hexdigest()
    return hmac.compare_digest(expected, fields["Signature"]), "signature", expected


def tc3(request, secret):
    headers, body = request["headers"], base64.b64decode(request["body"])
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != "TC3-HMAC-SHA256":
        return False, "no TC3-HMAC-SHA256 authorization", ""
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    _, day, service, end = fields["Credential"].split("/")
    stamp = headers["x-tc-timestamp"]
    if end != "tc3_request" or day != datetime.fromtimestamp(int(stamp), timezone.utc).strftime("%Y-%m-%d"):
        return False, "the day of the credential is not that of the timestamp in UTC", ""
    signed = fields["SignedHeaders"].split(";")
    if not {"content-type", "host"} <= set(signed):
        return False, "content-type and host have to be signed", ""
    lines = "".join(name + ":" + headers[name].strip().lower() + "\n" for name in signed)
    canonical = "\n".join([request["method"], "/", "", lines, ";".join(signed), sha256_hex(body)])
    text = "\n".join([scheme, stamp, "/".join([day, service, end]), sha256_hex(canonical.encode())])
    key = ("TC3" + secret).encode()
    for part in (day, service, end):
        key = mac(key, part).digest()
    expected = mac(key, text).hexdigest()
    return hmac.compare_digest(expected, fields["Signature"]), "signature", expected


def twilio(request, secret):
    fields = {}
    for name, value in parse_qsl(base64.b64decode(request["body"]).decode(), keep_blank_values=True):
        fields.setdefault(name, set()).add(value)
    text = request["url"] + "".join(n + v for n in sorted(fields) for v in sorted(fields[n]))
    expected = base64.b64encode(mac(secret.encode(), text, hashlib.sha1).digest()).decode()
    return hmac.compare_digest(expected, request["headers"].get("x-twilio-signature", "")), "signature", expected


SCHEMES = {"acs3": acs3, "tc3": tc3, "twilio": twilio}

for line in sys.stdin:
    request = json.loads(line)
    try:
        ok, why, expected = SCHEMES[request["scheme"]](request, request["secret"])
    except Exception as error:  # a request that cannot be read is not well signed
        ok, why, expected = False, repr(error), ""
    print(json.dumps({"ok": ok, "why": "" if ok else why, "expected": expected}), flush=True)
