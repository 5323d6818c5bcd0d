import xml.etree.ElementTree as tree

def direct():
    # ruleid: xml-from-request
    return tree.fromstring(request.data)

def through_a_variable(request):
    text = request.body
    # ruleid: xml-from-request
    return ET.fromstring(text)

def hardened():
    # ok: xml-from-request
    return defusedxml.ElementTree.fromstring(request.data)

def our_own(path):
    # ok: xml-from-request
    return ET.parse(path)
