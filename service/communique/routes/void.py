"""/.well-known/void: what the data is made of (VoID, section 7.2)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from communique import forms, media
from communique.describe import WELL_KNOWN, Descriptions
from communique.http import others, reply
from communique.service import Service


def router(service: Service, descriptions: Descriptions) -> APIRouter:
    routes = APIRouter(tags=["linked data"])

    @routes.get(WELL_KNOWN, summary="The data described: classes, properties, dumps, licence")
    def void(request: Request) -> Response:
        form = media.choose(request.headers.get("accept"), media.GRAPHS, request.query_params.get("format"))
        root = forms.root(request)
        return reply(request, form, descriptions.void(root, form), service.tag(form.name))

    others(routes, WELL_KNOWN, "GET", "HEAD")
    return routes
