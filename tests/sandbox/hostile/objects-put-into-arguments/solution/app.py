def validate(form, errors):
    if not form.get("name"):
        errors["name"] = "name is required"
