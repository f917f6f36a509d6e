# SPDX-License-Identifier: BSD-2-Clause
"""A service of Django's; gunicorn runs it: gunicorn django_app:app."""
import django
from burn import burn
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import JsonResponse
from django.urls import path


def handle(request):
    return JsonResponse(sorted(range(40), key=lambda n: burn(500 + n)), safe=False)


urlpatterns = [path('', handle)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=['*'], SECRET_KEY='none', MIDDLEWARE=[
    'django.middleware.common.CommonMiddleware', 'django.middleware.http.ConditionalGetMiddleware'])
django.setup()
app = WSGIHandler()
