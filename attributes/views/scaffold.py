from django.http import HttpResponse


def page(request, **kwargs):
    return HttpResponse("to be written")
