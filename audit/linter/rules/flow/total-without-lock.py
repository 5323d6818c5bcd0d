class Shop:
    def sold(self):
        # ruleid: total-without-lock
        self.stock -= 1

    def returned(self, amount):
        if amount > 0:
            # ruleid: total-without-lock
            self.stock += amount

    def counted(self):
        with self.guard:
            # ok: total-without-lock
            self.stock += 1

    def of_its_own(self):
        own = 0
        # ok: total-without-lock
        own += 1
        return own

    def opened(self):
        threading.Thread(target=self.sold).start()
        threading.Thread(target=self.returned, args=(3,)).start()
        threading.Thread(target=self.counted).start()
        threading.Thread(target=self.of_its_own).start()
