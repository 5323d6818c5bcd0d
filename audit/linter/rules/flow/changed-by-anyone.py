class Payments(viewsets.ModelViewSet):
    queryset = Payment.objects.all()
    # ruleid: changed-by-anyone
    permission_classes = [AllowAny]

# ruleid: changed-by-anyone
class PostDelete(DeleteView):
    model = Post
    success_url = "/"

class Invoices(viewsets.ModelViewSet):
    queryset = Invoice.objects.all()
    # ok: changed-by-anyone
    permission_classes = [IsAuthenticated]

class Prices(viewsets.ReadOnlyModelViewSet):
    queryset = Price.objects.all()
    # ok: changed-by-anyone
    permission_classes = [AllowAny]

# ok: changed-by-anyone
class NoteDelete(LoginRequiredMixin, DeleteView):
    model = Note
