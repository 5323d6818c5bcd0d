import xml.etree.ElementTree as ET

def formatted(name):
    # ruleid: xml-built-string
    return ET.fromstring(f"<user><name>{name}</name></user>")

def escaped(name):
    # ok: xml-built-string
    return ET.fromstring("<user>" + escape(name) + "</user>")

def read(text):
    # ok: xml-built-string
    return ET.fromstring(text)

def by_percent(name):
    text = "<user><name>%s</name></user>" % name
    # ruleid: xml-built-string
    return ET.XML(text)

def built_by_elements(name):
    user = ET.Element("user")
    ET.SubElement(user, "name").text = name
    # ok: xml-built-string
    return ET.tostring(user)
