@app.route("/invoices/<int:number>")
@login_required
def show_invoice(number):
    # ruleid: object-without-owner
    return jsonify(Invoice.query.get_or_404(number).to_json())

@login_required
def show_document(request, pk):
    # ruleid: object-without-owner
    document = get_object_or_404(Document, pk=pk)
    return render(request, "document.html", {"document": document})

@app.route("/orders/<int:number>")
@login_required
def show_own_order(number):
    # ok: object-without-owner
    order = Order.query.get_or_404(number)
    if order.owner != current_user:
        abort(403)
    return jsonify(order.to_json())

@app.route("/pages/<int:number>")
@login_required
def show_page(number):
    # ok: object-without-owner
    return jsonify(Page.query.get_or_404(number).to_json())

@router.get("/documents/{number}")
def shown_to_all(number: int, user=Depends(get_current_user), db=Depends(get_db)):
    # ruleid: object-without-owner
    return db.query(Document).filter(Document.id == number).first()

@router.get("/documents/{number}")
def shown_to_its_owner(number: int, user=Depends(get_current_user), db=Depends(get_db)):
    # ok: object-without-owner
    found = db.query(Document).filter(Document.id == number, Document.owner == user.id)
    return found.first()
