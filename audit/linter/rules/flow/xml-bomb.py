from xml.dom import minidom as dom

def direct(text):
    # ruleid: xml-bomb
    return xml.dom.minidom.parseString(text)

def aliased(path):
    # ruleid: xml-bomb
    return dom.parse(path)

def events(text, handler):
    # ruleid: xml-bomb
    xml.sax.parseString(text, handler)

def hardened(text):
    # ok: xml-bomb
    return defusedxml.minidom.parseString(text)

def our_own(tree):
    # ok: xml-bomb
    return minidom.parseString(ET.tostring(tree))
