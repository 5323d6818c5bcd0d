def from_a_parameter(text):
    # ruleid: eval-of-input
    return eval(text)

def from_a_request():
    # ruleid: eval-of-input
    exec(request.form["code"], {})

def joined():
    # ruleid: eval-of-input
    return eval("2 * " + input())

def a_literal(text):
    # ok: eval-of-input
    return ast.literal_eval(text)

def fixed(x):
    # ok: eval-of-input
    return eval("1 + 1")

def a_method_of_that_name(model, text):
    # ok: eval-of-input
    model.eval()

def algebra(text):
    # ruleid: eval-of-input
    return sympy.sympify(text)

def fixed_algebra():
    # ok: eval-of-input
    return sympy.sympify("x + 1")
