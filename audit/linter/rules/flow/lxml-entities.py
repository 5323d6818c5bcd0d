import lxml.etree as ET

def by_default(data):
    # ruleid: lxml-entities
    return etree.fromstring(data)

def aliased(path):
    # ruleid: lxml-entities
    return ET.parse(path)

def switched_on():
    # ruleid: lxml-entities
    return etree.XMLParser(resolve_entities=True)

def sax(parser):
    # ruleid: lxml-entities
    parser.setFeature(feature_external_ges, True)

def switched_off(data):
    parser = etree.XMLParser(resolve_entities=False)
    # ok: lxml-entities
    return etree.fromstring(data, parser)

def fixed():
    # ok: lxml-entities
    return etree.fromstring("<a/>")

def hardened(data):
    # ok: lxml-entities
    return defusedxml.ElementTree.fromstring(data)

def as_objects(data):
    # ruleid: lxml-entities
    return objectify.fromstring(data)

def without_limits():
    # ruleid: lxml-entities
    return etree.XMLParser(resolve_entities=False, huge_tree=True)

def by_default_of_the_parser(data):
    # ruleid: lxml-entities
    return etree.fromstring(data, etree.XMLParser(recover=True))

def of_a_mapping(data):
    # ruleid: lxml-entities
    return xmltodict.parse(data, disable_entities=False)
