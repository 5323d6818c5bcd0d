def over_ftp(host, name, password):
    # ruleid: cleartext-login
    return ftplib.FTP(host, name, password)

def over_smtp(name, password):
    server = smtplib.SMTP("mail.example.org")
    # ruleid: cleartext-login
    server.login(name, password)

def over_http(name, password):
    # ruleid: cleartext-login
    requests.post("http://example.org/login", auth=(name, password), timeout=5)

def over_tls(host, name, password):
    # ok: cleartext-login
    return ftplib.FTP_TLS(host, name, password)

def over_smtp_with_tls(name, password):
    server = smtplib.SMTP("mail.example.org")
    server.starttls()
    # ok: cleartext-login
    server.login(name, password)

def over_imap(host, name, password):
    box = imaplib.IMAP4(host)
    # ruleid: cleartext-login
    box.login(name, password)

def over_imap_with_tls(host, name, password):
    box = imaplib.IMAP4_SSL(host)
    # ok: cleartext-login
    box.login(name, password)
